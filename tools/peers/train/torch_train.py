"""A straightforward PyTorch masked language model with dense FFNs or LookupFFNs, timed step by step.

Reads a line of JSON with the model's shape, then a line for each round with a number of steps; answers each with a line
of JSON with the seconds that those steps took. Everything is as a PyTorch user would write it: F.linear, F.embedding_bag
with per-sample weights, autograd, torch.optim.AdamW.
"""

import json
import math
import sys
import time

import torch
import torch.nn.functional as F
from torch import nn


def hadamard(x):
    """Natural order, not normalised, over the last dimension."""
    size = x.shape[-1]
    half = 1
    while half < size:
        x = x.view(*x.shape[:-1], size // (2 * half), 2, half)
        x = torch.stack((x[..., 0, :] + x[..., 1, :], x[..., 0, :] - x[..., 1, :]), dim=-2)
        x = x.flatten(-3)
        half *= 2
    return x


class LookupFfn(nn.Module):
    """Conventions 2 to 6, two-cell read with a learned temperature."""

    def __init__(self, hidden, tables, bits, block, stages):
        super().__init__()
        self.hidden, self.tables, self.bits, self.block = hidden, tables, bits, block
        self.padded = 2 ** math.ceil(math.log2(hidden))
        self.repeats = max(1, math.ceil(tables * bits / self.padded))
        blocks = self.padded // block
        std = 1 / math.sqrt(block * self.padded)
        self.norm = nn.LayerNorm(hidden)
        self.weight = nn.Parameter(torch.randn(self.repeats, stages, blocks, block, block) * std)
        self.bias = nn.Parameter(torch.zeros(tables * bits))
        self.cells = nn.Parameter(torch.randn(tables * 2**bits, hidden) * 0.02)
        self.out_bias = nn.Parameter(torch.zeros(hidden))
        self.temperature = nn.Parameter(torch.ones(tables))
        self.register_buffer("powers", 2 ** torch.arange(bits - 1, -1, -1))
        self.register_buffer("first", torch.arange(tables) * 2**bits)

    def project(self, x):
        x = F.pad(x, (0, self.padded - self.hidden))
        parts = []
        for repeat in self.weight:
            y = x
            for stage in repeat:
                y = torch.einsum("noi,tni->tno", stage, y.view(len(y), -1, self.block))
                y = hadamard(y.reshape(len(x), self.padded))
            parts.append(0.7 * y + 0.3 * x)
        z = torch.cat(parts, dim=-1)[:, : self.tables * self.bits] + self.bias
        return z.view(-1, self.tables, self.bits)

    def forward(self, x):
        z = self.project(self.norm(x))
        magnitude = z.abs()
        code = ((z > 0) * self.powers).sum(-1)
        score = magnitude.sum(-1) * torch.sigmoid(2 * magnitude).prod(-1)
        margin, bit = magnitude.min(-1)
        share = torch.sigmoid(-2 * margin / self.temperature)
        other = code ^ self.powers[bit]
        index = torch.stack((code, other), -1) + self.first[:, None]
        weights = torch.stack((score * (1 - share), score * share), -1)
        return F.embedding_bag(index.flatten(1), self.cells, per_sample_weights=weights.flatten(1), mode="sum") + self.out_bias


class DenseFfn(nn.Module):
    def __init__(self, hidden, inner):
        super().__init__()
        self.norm = nn.LayerNorm(hidden)
        self.up, self.down = nn.Linear(hidden, inner), nn.Linear(inner, hidden)

    def forward(self, x):
        return self.down(F.gelu(self.up(self.norm(x))))


class Layer(nn.Module):
    def __init__(self, shape, ffn):
        super().__init__()
        hidden = shape["hidden"]
        self.heads = shape["heads"]
        self.norm = nn.LayerNorm(hidden)
        self.q, self.k, self.v, self.out = (nn.Linear(hidden, hidden) for _ in range(4))
        self.ffn = ffn

    def forward(self, x, batch, length):
        hidden = x.shape[-1]
        y = self.norm(x)
        q, k, v = (
            part(y).view(batch, length, self.heads, hidden // self.heads).transpose(1, 2)
            for part in (self.q, self.k, self.v)
        )
        weights = (q @ k.transpose(-1, -2) / math.sqrt(hidden // self.heads)).softmax(-1)
        x = x + self.out((weights @ v).transpose(1, 2).reshape(batch * length, hidden))
        return x + self.ffn(x)


class Model(nn.Module):
    def __init__(self, shape):
        super().__init__()
        hidden = shape["hidden"]
        self.words = nn.Embedding(shape["vocabulary"], hidden)
        self.positions = nn.Embedding(shape["length"], hidden)
        self.norm = nn.LayerNorm(hidden)

        def ffn():
            if shape["ffn"] == "dense":
                return DenseFfn(hidden, shape["inner"])
            return LookupFfn(hidden, shape["tables"], shape["bits"], shape["block"], shape["stages"])

        self.layers = nn.ModuleList(Layer(shape, ffn()) for _ in range(shape["layers"]))
        self.last = nn.LayerNorm(hidden)
        self.dense, self.head_norm = nn.Linear(hidden, hidden), nn.LayerNorm(hidden)
        self.head_bias = nn.Parameter(torch.zeros(shape["vocabulary"]))

    def forward(self, ids, rows, targets):
        batch, length = ids.shape
        x = self.norm(self.words(ids) + self.positions.weight).view(batch * length, -1)
        for layer in self.layers:
            x = layer(x, batch, length)
        x = self.head_norm(F.gelu(self.dense(self.last(x)[rows])))
        return F.cross_entropy(F.linear(x, self.words.weight, self.head_bias), targets)


def main():
    shape = json.loads(sys.stdin.readline())
    torch.manual_seed(0)
    torch.set_num_threads(shape["threads"])
    model = Model(shape)
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3, betas=(0.9, 0.98), eps=1e-6, weight_decay=0.01)
    masked = round(0.15 * shape["length"])
    print(json.dumps({"torch": torch.__version__, "parameters": sum(p.numel() for p in model.parameters())}), flush=True)
    for line in sys.stdin:
        start = time.perf_counter()
        for _ in range(int(line)):
            ids = torch.randint(shape["vocabulary"], (shape["batch"], shape["length"]))
            places = torch.rand(ids.shape).argsort(-1)[:, :masked]
            rows = (places + torch.arange(len(ids))[:, None] * shape["length"]).flatten()
            optimizer.zero_grad(set_to_none=True)
            loss = model(ids, rows, ids.flatten()[rows])
            loss.backward()
            torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
        print(json.dumps({"seconds": time.perf_counter() - start, "loss": loss.item()}), flush=True)


main()
