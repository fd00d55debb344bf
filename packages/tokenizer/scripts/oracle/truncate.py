"""Truncates with Hugging Face's tokenizers; test/truncation-padding.test.ts compares ours with the results.

    pip install tokenizers==0.22.2
    python scripts/oracle/truncate.py > test/data/truncated-by-hugging-face.json

Version 0.22.2, for 0.23 shortens each text before it shares the room out between the two of a pair, so that what
overflows is incomplete and "longest first" sees wrong lengths.
"""

import json
import sys

import tokenizers
from tokenizers import Tokenizer

VOCABULARY = ["<s>", "</s>", *"abcdefghijklmnopqrstuvwxyz", "\u0120"]
BYTE_LEVEL = {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True, "use_regex": True}
TOKENIZER = {
    "version": "1.0",
    "truncation": None,
    "padding": None,
    "added_tokens": [],
    "normalizer": None,
    "pre_tokenizer": BYTE_LEVEL,
    "post_processor": {
        "type": "RobertaProcessing",
        "sep": ["</s>", 1],
        "cls": ["<s>", 0],
        "trim_offsets": True,
        "add_prefix_space": False,
    },
    "decoder": BYTE_LEVEL,
    "model": {
        "type": "BPE",
        "dropout": None,
        "unk_token": None,
        "continuing_subword_prefix": None,
        "end_of_word_suffix": None,
        "fuse_unk": False,
        "byte_fallback": False,
        "ignore_merges": False,
        "vocab": {token: i for i, token in enumerate(VOCABULARY)},
        "merges": [],
    },
}
TEXTS = ["", "one", "a b c d", "second text"]


def written(encoding):
    offsets = " ".join(f"{start}-{end}" for start, end in encoding.offsets)
    return [" ".join(encoding.tokens), offsets]


def encode(truncation, text, pair):
    tokenizer = Tokenizer.from_str(json.dumps({**TOKENIZER, "truncation": truncation}))
    try:
        encoding = tokenizer.encode(text, pair)
    except BaseException:  # a Rust panic is not an Exception
        return None
    return {"kept": written(encoding), "overflowing": [" ".join(part.tokens) for part in encoding.overflowing]}


def main():
    cases = []
    for strategy in ["LongestFirst", "OnlyFirst", "OnlySecond"]:
        for direction in ["Right", "Left"]:
            for length, stride in [(4, 0), (8, 0), (9, 1), (13, 2)]:
                truncation = {"max_length": length, "strategy": strategy, "direction": direction, "stride": stride}
                for text in TEXTS:
                    for pair in [None, *TEXTS]:
                        result = encode(truncation, text, pair)
                        cases.append({"truncation": truncation, "text": text, "pair": pair, "result": result})
    json.dump({"tokenizers": tokenizers.__version__, "tokenizer": TOKENIZER, "cases": cases}, sys.stdout)
    print()


main()
