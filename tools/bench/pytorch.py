# PyTorch's side of training-step.mjs: the same nets, batches and optimizer. Each line on standard input asks for a
# step; each line on standard output is what it took, as JSON. Run by training-step.mjs where a python with torch is
# found (PYTHON, or /usr/bin/python3), with OPENBLAS_NUM_THREADS set to the threads.
import json
import resource
import sys
import time

import torch
from torch import nn

settings = json.loads(sys.argv[1])
torch.set_num_threads(settings["threads"])
torch.set_flush_denormal(True)
torch.manual_seed(1)

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


def vgg(stages, scale, size, pools):
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
    return nn.Sequential(
        *layers, nn.Flatten(),
        nn.Linear(channels * size * size, hidden), nn.ReLU(), nn.Dropout(),
        nn.Linear(hidden, hidden), nn.ReLU(), nn.Dropout(),
        nn.Linear(hidden, 10),
    )


nets = {
    "alexnet": lambda: (alexnet(), 128),
    "vgg-16": lambda: (vgg(D, 1, 128, [1, 2, 3, 4, 5]), 128),
    "vgg-19 at 1/8": lambda: (vgg(E, 8, 32, [1, 2, 5]), 32),
}
net, size = nets[settings["net"]]()
training = settings["mode"] == "training"
net.train(training)
images = torch.rand(settings["batch"], 3, size, size)
labels = torch.arange(settings["batch"]) % 10
optimizer = torch.optim.Adam(net.parameters(), lr=1e-4, weight_decay=1e-4)
loss_of = nn.CrossEntropyLoss()


def step():
    if not training:
        with torch.no_grad():
            return float(net(images)[0, 0])
    optimizer.zero_grad()
    loss = loss_of(net(images), labels)
    loss.backward()
    optimizer.step()
    return float(loss)


def resident():
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * resource.getpagesize() / 1e6


for _ in sys.stdin:
    start = time.perf_counter()
    first = step()
    ms = (time.perf_counter() - start) * 1e3
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e6
    print(json.dumps({"ms": ms, "first": first, "peak": peak, "resident": resident()}), flush=True)
