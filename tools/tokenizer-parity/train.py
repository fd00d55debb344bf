"""Trains byte-level BPE with Hugging Face's trainer; training.mjs compares its merges with ours.

    pip install tokenizers==0.23.2
    python train.py TEXT VOCABULARY_SIZE MIN_FREQUENCY > merges.txt
"""

import json
import os
import resource
import sys
import time

# One thread, as ours.
os.environ["TOKENIZERS_PARALLELISM"] = "false"

from tokenizers import Tokenizer, models, pre_tokenizers, trainers  # noqa: E402

text, size, minimum = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
tokenizer = Tokenizer(models.BPE())
tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
trainer = trainers.BpeTrainer(
    vocab_size=size,
    min_frequency=minimum,
    special_tokens=["<s>", "<pad>", "</s>", "<unk>", "<mask>"],
    initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
    show_progress=False,
)
start = time.monotonic()
tokenizer.train([text], trainer)
seconds = time.monotonic() - start
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000
for left, right in json.loads(tokenizer.to_str())["model"]["merges"]:
    print(left, right)
print(f"tokenizers, one thread: {seconds:.1f} s, peak {peak:.0f} MB", file=sys.stderr)
