# PyTorch's side of training-step.mjs: the same nets, batches and optimizers, in the fastest of the modes that this
# PyTorch has (eager; channels last; fused optimizer; torch.compile), which it finds by trial before it says that it is
# ready. Then each line on standard input asks for a step; each line on standard output is what it took, as JSON. Run by
# training-step.mjs if a python with torch is found (PYTHON, or python3), with OPENBLAS_NUM_THREADS set to the threads.
import copy
import json
import resource
import statistics
import sys
import time

import torch
from torch import nn

settings = json.loads(sys.argv[1])
torch.set_num_threads(settings["threads"])
torch.set_flush_denormal(True)
torch.manual_seed(1)

A = [1, 1, 2, 2, 2]
B = [2, 2, 2, 2, 2]
D = [2, 2, 3, 3, 3]
E = [2, 2, 4, 4, 4]


def alexnet():
    return nn.Sequential(
        nn.Conv2d(3, 96, 11, 4), nn.ReLU(), nn.LocalResponseNorm(5, 1e-4, 0.75, 2), nn.MaxPool2d(3, 2),
        nn.Conv2d(96, 256, 5, 1, 2), nn.ReLU(), nn.LocalResponseNorm(5, 1e-4, 0.75, 2), nn.MaxPool2d(3, 2),
        nn.Conv2d(256, 384, 3, 1, 1), nn.ReLU(),
        nn.Conv2d(384, 384, 3, 1, 1), nn.ReLU(),
        nn.Conv2d(384, 256, 3, 1, 1), nn.ReLU(), nn.MaxPool2d(3, 2),
        nn.Flatten(),
        nn.Dropout(), nn.Linear(1024, 4096), nn.ReLU(),
        nn.Dropout(), nn.Linear(4096, 4096), nn.ReLU(),
        nn.Linear(4096, 10),
    )


def vgg(stages, scale, size, pools, dropout=True):
    layers, channels = [], 3
    for stage, convolutions in enumerate(stages):
        width = [64, 128, 256, 512, 512][stage] // scale
        for _ in range(convolutions):
            layers += [nn.Conv2d(channels, width, 3, 1, 1), nn.ReLU()]
            channels = width
        if stage + 1 in pools:
            layers.append(nn.MaxPool2d(2, 2))
            size //= 2
    hidden = 4096 // scale
    drop = [nn.Dropout()] if dropout else []
    return nn.Sequential(
        *layers, nn.Flatten(),
        nn.Linear(channels * size * size, hidden), nn.ReLU(), *drop,
        nn.Linear(hidden, hidden), nn.ReLU(), *drop,
        nn.Linear(hidden, 10),
    )


class Local(nn.Module):
    """A convolution whose filters differ from place to place, as products of each place's window."""

    def __init__(self, inputs, outputs, size):
        super().__init__()
        self.size = size
        self.kernel = nn.Parameter(torch.randn(size * size, inputs * 9, outputs) * (2 / (inputs * 9)) ** 0.5)
        self.bias = nn.Parameter(torch.zeros(outputs, size * size))

    def forward(self, x):
        windows = nn.functional.unfold(x, 3, padding=1)  # [N, inputs * 9, places]
        y = torch.bmm(windows.permute(2, 0, 1), self.kernel)  # [places, N, outputs]
        return (y.permute(1, 2, 0) + self.bias).reshape(x.shape[0], -1, self.size, self.size)


def pool3(kind):
    return kind(3, 2, ceil_mode=True)


def caffe_quick():
    return nn.Sequential(
        nn.Conv2d(3, 32, 5, 1, 2), nn.ReLU(), pool3(nn.MaxPool2d),
        nn.Conv2d(32, 32, 5, 1, 2), nn.ReLU(), pool3(nn.AvgPool2d),
        nn.Conv2d(32, 64, 5, 1, 2), nn.ReLU(), pool3(nn.AvgPool2d),
        nn.Flatten(), nn.Linear(1024, 64), nn.Linear(64, 10),
    )


def conv_local():
    return nn.Sequential(
        nn.Conv2d(3, 64, 5, 1, 2), nn.ReLU(), pool3(nn.MaxPool2d), nn.LocalResponseNorm(9, 1e-3, 0.75, 1),
        nn.Conv2d(64, 64, 5, 1, 2), nn.ReLU(), nn.LocalResponseNorm(9, 1e-3, 0.75, 1), pool3(nn.MaxPool2d),
        Local(64, 64, 6), nn.ReLU(), Local(64, 32, 6), nn.ReLU(),
        nn.Flatten(), nn.Linear(1152, 10),
    )


nets = {
    "alexnet": lambda: (alexnet(), 128, "adam"),
    "vgg-16": lambda: (vgg(D, 1, 128, [1, 2, 3, 4, 5]), 128, "adam"),
    "vgg-11 at 1/8": lambda: (vgg(A, 8, 28, [1, 2, 5], False), 28, "sgd"),
    "vgg-19 at 1/8": lambda: (vgg(E, 8, 28, [1, 2, 5], False), 28, "sgd"),
    "vgg-19 of the tiers": lambda: (vgg(E, 8, 28, [1, 3, 5], False), 28, "sgd"),
    "caffe-quick": lambda: (caffe_quick(), 32, "sgd"),
    "conv-local-11pct": lambda: (conv_local(), 24, "sgd"),
}
asked = settings["net"]
if isinstance(asked, dict):
    stages = {"A": A, "B": B, "D": D, "E": E}[asked["vgg"]]
    made, size, rule = vgg(stages, asked["divisor"], asked["size"], asked["pools"], False), asked["size"], "sgd"
elif asked in nets:
    made, size, rule = nets[asked]()
else:
    sys.exit(3)
training = settings["mode"] == "training"
batch = settings["batch"]
images = torch.rand(batch, 3, size, size)
labels = torch.arange(batch) % 10
loss_of = nn.CrossEntropyLoss()


def make(channels_last, fused, compiled):
    net = copy.deepcopy(made)
    x = images
    if channels_last:
        net = net.to(memory_format=torch.channels_last)
        x = x.to(memory_format=torch.channels_last)
    net.train(training)
    options = {"fused": True} if fused else {}
    if rule == "adam":
        optimizer = torch.optim.Adam(net.parameters(), lr=1e-4, weight_decay=1e-4, **options)
    else:
        optimizer = torch.optim.SGD(net.parameters(), lr=1e-4, momentum=0.9, weight_decay=5e-4, **options)
    forward = torch.compile(net) if compiled else net

    def train():
        optimizer.zero_grad()
        loss = loss_of(forward(x), labels)
        loss.backward()
        optimizer.step()
        return loss.item()

    def infer():
        with torch.no_grad():
            return forward(x)[0, 0].item()

    return train if training else infer


def timed(step):
    start = time.perf_counter()
    first = step()
    return (time.perf_counter() - start) * 1e3, first


tried = {}
best = None
wanted = settings.get("pytorchMode")
for compiled in [False, True]:
    for channels_last in [False, True]:
        for fused in [False, True] if training else [False]:
            words = ["compile" if compiled else "eager"]
            words += ["channels last"] * channels_last + ["fused"] * fused
            mode = ", ".join(words)
            if wanted is not None and mode != wanted:
                continue
            try:
                step = make(channels_last, fused, compiled)
                # Compilation and the first steps are left out.
                for _ in range(3):
                    step()
                ms = statistics.median(timed(step)[0] for _ in range(5))
            except Exception as error:  # a mode that this PyTorch does not have
                tried[mode] = str(error).split("\n")[0][:120]
                continue
            tried[mode] = round(ms, 2)
            if best is None or ms < best[0]:
                best = (ms, mode, step)


def resident():
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * resource.getpagesize() / 1e6


_, mode, step = best
print(json.dumps({"ready": True, "mode": mode, "tried": tried}), flush=True)
for _ in sys.stdin:
    ms, first = timed(step)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e6
    print(json.dumps({"ms": ms, "first": first, "peak": peak, "resident": resident()}), flush=True)
