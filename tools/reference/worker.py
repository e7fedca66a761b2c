"""PyTorch's side of a reference run: run.mjs starts it, sends it a net, first weights and batches, and reads its numbers.

Standard input is a row of frames: two little-endian uint32, the lengths of a JSON header and of a binary payload, then both.
Each header has a `type`:

    setup   layers (specs in plain JSON), classes, optimizer, clipNorm, labelSmoothing, dropoutSeed, threads; payload: the first
            weights, float32, in the order of `parameters` [{name, shape}]; kernels are HWIO, those of dense layers [in, out]
    train   shape [N, H, W, C], learningRate; payload: images as float32, then N labels as int32; answered with {loss, wrong}:
            the loss before the update, null if it is not finite, and how many images of the batch were taken for another class
    test    shape, and either `dense` (true: the fully-convolutional net over the whole image and its mirror image) or `views`
            [{top, left, height, width, mirror}], whose posteriors are averaged; payload as of `train`
    score   ends a test: answered with {top1, top5, loss, diverged} (errors in percent); if it has a `path`, log posteriors and
            labels are written there. `diverged` says that parameters or scores are no numbers: such a net counts as one that
            gives each class the same probability
    fuse    averages the tests that `paths` name, on the first `limit` examples (null: all); answered as `score` is
    zero    sets every parameter to 0: a net whose training diverged learned nothing; answered with {zeroed}
    save    path: the weights are written there, float32, in the order of `parameters`

No answer holds NaN or Infinity, which JSON lacks: a loss that is not finite is null.

Only the order of examples, their augmentation, the first weights and the learning rates come from Retable: layers, gradients,
update rule and dense evaluation are PyTorch's. Dropout masks are PyTorch's own draws.
"""
import json
import struct
import sys
from fnmatch import fnmatchcase
from math import isfinite, log

import numpy as np
import torch
import torch.nn.functional as F


def read_exactly(stream, count):
    parts = []
    while count > 0:
        part = stream.read(count)
        if not part:
            return None
        parts.append(part)
        count -= len(part)
    return b"".join(parts)


def frames(stream):
    while True:
        head = read_exactly(stream, 8)
        if head is None:
            return
        header, payload = struct.unpack("<II", head)
        yield json.loads(read_exactly(stream, header)), read_exactly(stream, payload) if payload else b""


def answer(**fields):
    print(json.dumps(fields, allow_nan=False), flush=True)


def finite_or_none(value):
    return value if isfinite(value) else None


def local_response_norm(x, spec):
    size, alpha, beta, k = spec["size"], spec["alpha"], spec["beta"], spec["k"]
    # PyTorch divides alpha by the size; the paper does not.
    return F.local_response_norm(x, size, alpha * (1 if spec["convention"] == "pytorch" else size), beta, k)


def pool(x, spec):
    size, stride = spec["size"], spec["stride"]
    ceil = spec.get("padding", "valid") == "same"
    if spec["kind"] == "maxPool":
        return F.max_pool2d(x, size, stride, ceil_mode=ceil)
    return F.avg_pool2d(x, size, stride, ceil_mode=ceil)


def locally_connected(x, kernel, bias, spec):
    """A convolution of stride 1 with a kernel of its own per place: [places, k·k·C, filters], rows (i, j, c)."""
    size = spec["kernelSize"]
    n, c = x.shape[:2]
    height, width, filters = bias.shape
    # [N, C·k·k, places] to [places, N, k·k·C]
    patches = F.unfold(x, size, padding=spec.get("padding", 0))
    patches = patches.reshape(n, c, size * size, height * width).permute(3, 0, 2, 1).reshape(height * width, n, -1)
    y = torch.bmm(patches, kernel).permute(1, 2, 0).reshape(n, filters, height, width)
    return y + bias.permute(2, 0, 1)


class Net:
    def __init__(self, layers, parameters):
        self.layers = layers
        self.parameters = {name: value.requires_grad_() for name, value in parameters.items()}

    def __call__(self, x, training, fully_convolutional=False):
        """Scores of images [N, C, H, W]: [N, classes], or a map [N, classes, h, w] if fully convolutional."""
        flat_from = None
        for spec in self.layers:
            kind, name = spec["kind"], spec["name"]
            if kind == "conv2d":
                w = self.parameters[f"{name}/kernel"].permute(3, 2, 0, 1)
                x = F.conv2d(x, w, self.parameters[f"{name}/bias"], spec["strides"],
                             spec.get("padding", 0), groups=spec.get("groups", 1))
            elif kind == "dense":
                w, b = self.parameters[f"{name}/kernel"], self.parameters[f"{name}/bias"]
                if fully_convolutional:
                    # The first dense layer reads maps of the size that it has in training; the others read one place.
                    h, width, c = flat_from or (1, 1, w.shape[0])
                    x = F.conv2d(x, w.reshape(h, width, c, -1).permute(3, 2, 0, 1), b)
                    flat_from = None
                else:
                    x = x @ w + b
            elif kind == "flatten":
                if fully_convolutional:
                    flat_from = tuple(self.flat)
                else:
                    # Retable's maps are [H, W, C].
                    self.flat = (x.shape[2], x.shape[3], x.shape[1])
                    x = x.permute(0, 2, 3, 1).flatten(1)
            elif kind == "locallyConnected2d":
                x = locally_connected(x, self.parameters[f"{name}/kernel"], self.parameters[f"{name}/bias"], spec)
            elif kind == "relu":
                x = F.relu(x)
            elif kind == "tanh":
                x = torch.tanh(x)
            elif kind in ("maxPool", "avgPool"):
                x = pool(x, spec)
            elif kind == "localResponseNorm":
                x = local_response_norm(x, spec)
            elif kind == "dropout":
                # The paper's form scales by 1 - rate in test; PyTorch's by 1 / (1 - rate) in training.
                rate = spec["rate"]
                if spec.get("form", "inverted") == "inverted":
                    x = F.dropout(x, rate, training)
                elif training:
                    x = x * (torch.rand_like(x) >= rate)
                else:
                    x = x * (1 - rate)
            else:
                sys.exit(f"expected a layer that this worker knows, got {kind}")
        return x


class Update:
    """SGD in AlexNet's or PyTorch's form, or Adam with L2 in the gradient."""

    def __init__(self, spec, parameters):
        self.spec, self.parameters = spec, parameters
        self.groups = spec.get("groups") or []
        if spec["kind"] == "adam":
            self.adam = torch.optim.Adam(parameters.values(), weight_decay=spec.get("weightDecay", 0),
                                         betas=(spec.get("beta1", 0.9), spec.get("beta2", 0.999)),
                                         eps=spec.get("epsilon", 1e-8))
        self.velocities = {name: torch.zeros_like(p) for name, p in parameters.items()}
        self.first = True

    def group_of(self, name):
        for group in self.groups:
            if any(fnmatchcase(name, pattern) for pattern in group["names"]):
                return group
        return {}

    def step(self, grads, rate):
        if self.spec["kind"] == "adam":
            for group in self.adam.param_groups:
                group["lr"] = rate
            for p, g in zip(self.parameters.values(), grads):
                p.grad = g
            self.adam.step()
            return
        momentum = self.spec.get("momentum", 0)
        with torch.no_grad():
            for (name, p), g in zip(self.parameters.items(), grads):
                group = self.group_of(name)
                g = g + group.get("weightDecay", self.spec.get("weightDecay", 0)) * p
                own = rate * group.get("learningRateFactor", 1)
                v = self.velocities[name]
                if self.spec.get("form", "pytorch") == "krizhevsky":
                    v.mul_(momentum).add_(g, alpha=own)
                    p.sub_(v)
                else:
                    v.mul_(momentum).add_(g)
                    p.sub_(v, alpha=own)


def images_and_labels(header, payload):
    n, h, w, c = header["shape"]
    count = n * h * w * c
    values = np.frombuffer(payload, np.float32, count).reshape(n, h, w, c)
    labels = np.frombuffer(payload, np.int32, n, count * 4)
    x = torch.from_numpy(values.copy()).permute(0, 3, 1, 2).contiguous(memory_format=torch.channels_last)
    return x, torch.from_numpy(labels.astype(np.int64))


def cut(x, view):
    top, left = view["top"], view["left"]
    part = x[:, :, top:top + view["height"], left:left + view["width"]]
    return part.flip(3) if view["mirror"] else part


def log_mean(log_posteriors):
    """The log of the mean of posteriors given by their logs, over the first axis: nothing underflows."""
    return log_posteriors.logsumexp(0) - log(len(log_posteriors))


def log_posteriors(net, x, header):
    """[N, classes], averaged over the views, in double precision; NaN where scores are no numbers."""
    with torch.no_grad():
        if header.get("dense"):
            scores = [net(view, False, True).double().mean((2, 3)) for view in (x, x.flip(3))]
        else:
            scores = [net(cut(x, view), False).double() for view in header["views"]]
        return log_mean(torch.stack(scores).log_softmax(2))


def errors_of(log_p, labels):
    """Classes of equal posterior rank by their number, the lower first, as Retable's score has it."""
    own = log_p.gather(1, labels[:, None])
    lower = torch.arange(log_p.shape[1]) < labels[:, None]
    rank = ((log_p > own) | ((log_p == own) & lower)).sum(1)
    return {
        "top1": 100 * int((rank >= 1).sum()) / len(labels),
        "top5": 100 * int((rank >= 5).sum()) / len(labels),
        "loss": finite_or_none(-float(own.mean())),
    }


def main():
    net = update = setup = None
    seen = []
    for header, payload in frames(sys.stdin.buffer):
        kind = header["type"]
        if kind == "setup":
            setup = header
            torch.set_num_threads(header["threads"])
            torch.set_flush_denormal(True)
            torch.manual_seed(header["dropoutSeed"])
            parameters, at = {}, 0
            for parameter in header["parameters"]:
                size = int(np.prod(parameter["shape"]))
                values = np.frombuffer(payload, np.float32, size, at).reshape(parameter["shape"])
                parameters[parameter["name"]] = torch.from_numpy(values.copy())
                at += size * 4
            net = Net(header["layers"], parameters)
            update = Update(header["optimizer"], net.parameters)
            answer(torch=torch.__version__)
        elif kind == "train":
            x, labels = images_and_labels(header, payload)
            scores = net(x, True)
            loss = F.cross_entropy(scores, labels, label_smoothing=setup.get("labelSmoothing", 0))
            grads = torch.autograd.grad(loss, list(net.parameters.values()))
            if setup.get("clipNorm"):
                norm = torch.sqrt(sum((g * g).sum() for g in grads))
                grads = [g * min(1.0, setup["clipNorm"] / (float(norm) + 1e-6)) for g in grads]
            update.step(grads, header["learningRate"])
            wrong = int((scores.detach().argmax(1) != labels).sum())
            answer(loss=finite_or_none(float(loss.detach())), wrong=wrong)
        elif kind == "test":
            x, labels = images_and_labels(header, payload)
            seen.append((log_posteriors(net, x, header), labels))
        elif kind == "score":
            log_p, labels = (torch.cat(parts) for parts in zip(*seen))
            seen = []
            diverged = bool(log_p.isnan().any()) or not all(bool(p.isfinite().all()) for p in net.parameters.values())
            if diverged:
                log_p = torch.full_like(log_p, -log(log_p.shape[1]))
            if header.get("path"):
                torch.save((log_p, labels), header["path"])
            answer(**errors_of(log_p, labels), diverged=diverged)
        elif kind == "fuse":
            limit = header["limit"]
            tests = [torch.load(path) for path in header["paths"]]
            log_p = log_mean(torch.stack([log_p[:limit] for log_p, _ in tests]))
            answer(**errors_of(log_p, tests[0][1][:limit]), diverged=False)
        elif kind == "zero":
            with torch.no_grad():
                for value in net.parameters.values():
                    value.zero_()
            answer(zeroed=True)
        elif kind == "save":
            with open(header["path"], "wb") as file:
                for value in net.parameters.values():
                    file.write(value.detach().numpy().astype(np.float32).tobytes())
            answer(saved=True)
        else:
            sys.exit(f"expected setup, train, test, score, fuse, zero or save, got {kind}")


main()
