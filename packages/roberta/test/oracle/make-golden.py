"""Makes test/golden/<norm>/: a tiny random checkpoint as Hugging Face's transformers saves it, and what transformers
computes with it in float64. Run again only to change the cases:

    pip install torch transformers safetensors numpy
    python make-golden.py ../golden [name ...]
"""

import sys
from pathlib import Path

import numpy as np
import torch
from safetensors.numpy import save_file
from transformers import (
    BertConfig,
    BertForMaskedLM,
    BertForSequenceClassification,
    BertModel,
    RobertaConfig,
    RobertaForMaskedLM,
    RobertaForSequenceClassification,
    RobertaPreLayerNormConfig,
    RobertaPreLayerNormForMaskedLM,
    XLMRobertaConfig,
    XLMRobertaForMaskedLM,
)

MODELS = {
    "post": (RobertaConfig, RobertaForMaskedLM),
    "pre": (RobertaPreLayerNormConfig, RobertaPreLayerNormForMaskedLM),
}
# Token ids of several lengths, the longest the position table allows (14 - 2 = 12), with masks (id 4).
SEQUENCES = [
    [0, 7, 4, 9, 2],
    [0, 2],
    [0, 30, 11, 4, 4, 25, 8, 16, 5, 39, 12, 2],
]


def make(norm: str, folder: Path) -> None:
    torch.manual_seed({"post": 1, "pre": 2}[norm])
    config_class, model_class = MODELS[norm]
    config = config_class(
        vocab_size=40,
        hidden_size=12,
        num_hidden_layers=2,
        num_attention_heads=3,
        intermediate_size=20,
        max_position_embeddings=14,
        type_vocab_size=1,
        layer_norm_eps=1e-5,
    )
    model = model_class(config).eval()
    with torch.no_grad():
        for parameter in model.parameters():
            # Far from the small initial values, so that every path matters: biases, GELU's bend, sharp attention.
            parameter.add_(0.4 * torch.randn_like(parameter))
    model.save_pretrained(folder, safe_serialization=True)
    for leftover in folder.glob("generation_config.json"):
        leftover.unlink()
    model = model.double()
    expected = {}
    for i, ids in enumerate(SEQUENCES):
        with torch.no_grad():
            result = model(torch.tensor([ids]), output_hidden_states=True)
        expected[f"ids.{i}"] = np.array(ids, dtype=np.int32)
        expected[f"hidden.{i}"] = result.hidden_states[-1][0].numpy()
        expected[f"logits.{i}"] = result.logits[0].numpy()
    # transformers lists the pre-norm encoder's states before its final LayerNorm, which sessions give.
    if norm == "pre":
        for i, ids in enumerate(SEQUENCES):
            with torch.no_grad():
                last = model.roberta_prelayernorm(torch.tensor([ids])).last_hidden_state
            expected[f"hidden.{i}"] = last[0].numpy()
    save_file(expected, folder / "expected.safetensors")


# Another family, a head, or a layout of files. BERT's have two token types.
OTHERS = {
    "bert": (BertConfig, BertForMaskedLM),
    "bert-encoder": (BertConfig, BertModel),
    "bert-classes": (BertConfig, BertForSequenceClassification),
    "roberta-classes": (RobertaConfig, RobertaForSequenceClassification),
    # Written in shards with an index.
    "xlm-roberta": (XLMRobertaConfig, XLMRobertaForMaskedLM),
}


def make_other(name: str, folder: Path) -> None:
    torch.manual_seed(3 + list(OTHERS).index(name))
    config_class, model_class = OTHERS[name]
    bert = config_class is BertConfig
    config = config_class(
        vocab_size=40,
        hidden_size=12,
        num_hidden_layers=2,
        num_attention_heads=3,
        intermediate_size=20,
        max_position_embeddings=12 if bert else 14,
        type_vocab_size=2 if bert else 1,
        **({"id2label": {0: "bad", 1: "fair", 2: "good"}} if "classes" in name else {}),
    )
    model = model_class(config).eval()
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.add_(0.4 * torch.randn_like(parameter))
    shard = {"max_shard_size": "3KB"} if name == "xlm-roberta" else {}
    model.save_pretrained(folder, safe_serialization=True, **shard)
    for leftover in folder.glob("generation_config.json"):
        leftover.unlink()
    model = model.double()
    expected = {}
    for i, ids in enumerate(SEQUENCES):
        types = [0] * 3 + [1] * (len(ids) - 3) if bert and len(ids) > 3 else [0] * len(ids)
        with torch.no_grad():
            result = model(
                torch.tensor([ids]), token_type_ids=torch.tensor([types]), output_hidden_states=True
            )
        expected[f"ids.{i}"] = np.array(ids, dtype=np.int32)
        expected[f"types.{i}"] = np.array(types, dtype=np.int32)
        expected[f"hidden.{i}"] = result.hidden_states[-1][0].numpy()
        if hasattr(result, "logits"):
            expected[f"logits.{i}"] = result.logits[0].numpy()
    save_file(expected, folder / "expected.safetensors")


if __name__ == "__main__":
    for name in sys.argv[2:] or [*MODELS, *OTHERS]:
        target = Path(sys.argv[1]) / name
        target.mkdir(parents=True, exist_ok=True)
        (make if name in MODELS else make_other)(name, target)
