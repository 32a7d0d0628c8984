"""An imported PEFT adapter on a GGUF base gives the logits that PEFT gives in transformers.

PEFT itself is not needed: what it computes is W + scaling * B A, done here by hand in 64 bits.
"""

from __future__ import annotations

import ctypes
import json
import math
import re

import numpy as np
import pytest

from carrel.engine.adapters import AdapterSlot
from carrel.engine.context import context_params
from carrel.engine.messages import AdapterFile
from carrel.engine.native import library
from carrel_models.peft import convert
from tests.models.tiny_gguf import metadata, vocabulary, write_gguf

pytestmark = [pytest.mark.engine, pytest.mark.filterwarnings("ignore:.*:DeprecationWarning")]

WIDTH, HEADS, KV_HEADS, FEED_FORWARD, LAYERS, HEAD = 64, 4, 2, 96, 2, 16
TOKENS = [7, 50, 3, 120, 99, 31, 200, 64]
NAMES = {
    "model.embed_tokens.weight": "token_embd.weight",
    "model.norm.weight": "output_norm.weight",
    "lm_head.weight": "output.weight",
    "input_layernorm.weight": "attn_norm.weight",
    "post_attention_layernorm.weight": "ffn_norm.weight",
    "self_attn.q_norm.weight": "attn_q_norm.weight",
    "self_attn.k_norm.weight": "attn_k_norm.weight",
    "self_attn.q_proj": "attn_q",
    "self_attn.k_proj": "attn_k",
    "self_attn.v_proj": "attn_v",
    "self_attn.o_proj": "attn_output",
    "mlp.gate_proj": "ffn_gate",
    "mlp.up_proj": "ffn_up",
    "mlp.down_proj": "ffn_down",
}


def make_model(architecture):
    """A random model of transformers in float32."""
    import torch
    from transformers import AutoConfig, AutoModelForCausalLM

    config = AutoConfig.for_model(
        architecture, vocab_size=len(vocabulary()), hidden_size=WIDTH, num_hidden_layers=LAYERS,
        num_attention_heads=HEADS, num_key_value_heads=KV_HEADS, head_dim=HEAD,
        intermediate_size=FEED_FORWARD, max_position_embeddings=512, rms_norm_eps=1e-5,
        tie_word_embeddings=False, initializer_range=0.3,
        rope_parameters={"rope_type": "default", "rope_theta": 10000.0},
    )  # fmt: skip
    torch.set_num_threads(1)
    torch.manual_seed(1)
    model = AutoModelForCausalLM.from_config(config, dtype=torch.float32)
    for name, weight in model.named_parameters():
        if name.endswith("bias"):  # these begin as zeros
            torch.nn.init.normal_(weight, std=0.3)
    return model.eval()


def gguf_name(name):
    for old, new in NAMES.items():
        name = name.replace(old, new)
    return re.sub(r"^model\.layers\.", "blk.", name)


def pairs_together(weight, heads):
    """llama.cpp's order of a llama's query and key rows."""
    shaped = weight.reshape(heads, 2, weight.shape[0] // heads // 2, *weight.shape[1:])
    return np.ascontiguousarray(shaped.swapaxes(1, 2).reshape(weight.shape))


def write_base(path, architecture, model):
    """The model as GGUF, with the tiny vocabulary."""
    weights = {}
    for name, tensor in model.state_dict().items():
        array = tensor.numpy()
        if architecture == "llama" and "q_proj" in name:
            array = pairs_together(array, HEADS)
        if architecture == "llama" and "k_proj" in name:
            array = pairs_together(array, KV_HEADS)
        weights[gguf_name(name)] = array
    values = {
        key.replace("llama.", f"{architecture}.", 1) if key.startswith("llama.") else key: value
        for key, value in metadata().items()
    }
    values |= {
        "general.architecture": architecture,
        f"{architecture}.feed_forward_length": FEED_FORWARD,
        f"{architecture}.attention.key_length": HEAD,
        f"{architecture}.attention.value_length": HEAD,
        f"{architecture}.rope.freq_base": 10000.0,
    }
    return write_gguf(path, values, weights)


@pytest.fixture(scope="module", params=["llama", "qwen2", "qwen3"])
def base(request, tmp_path_factory):
    """(architecture, transformers model, GGUF path)."""
    model = make_model(request.param)
    path = tmp_path_factory.mktemp("base") / f"{request.param}.gguf"
    return request.param, model, write_base(path, request.param, model)


def write_peft(folder, model, config, modules, dtype="float32"):
    """A PEFT folder with random weights. Returns module -> (A, B, scaling) in float64."""
    import torch
    from safetensors.torch import save_file

    folder.mkdir()
    torch.manual_seed(2)
    config = {"peft_type": "LORA", "base_model_name_or_path": "org/tiny", "bias": "none"} | config
    (folder / "adapter_config.json").write_text(json.dumps(config))
    saved, changes = {}, {}
    for name, module in model.named_modules():
        if not any(name.endswith(one) for one in modules):
            continue
        last = name.rsplit(".", 1)[1] if "." in name else name
        rank = config.get("rank_pattern", {}).get(last, config["r"])
        alpha = config.get("alpha_pattern", {}).get(last, config["lora_alpha"])
        rows, columns = module.weight.shape
        kind = getattr(torch, dtype)
        if name.endswith("embed_tokens"):
            a, b = torch.randn(rank, rows).to(kind), torch.randn(columns, rank).to(kind)
            words = "lora_embedding_A", "lora_embedding_B"
        else:
            a, b = (torch.randn(rank, columns) * 0.2).to(kind), torch.randn(rows, rank).to(kind)
            words = "lora_A.weight", "lora_B.weight"
        saved[f"base_model.model.{name}.{words[0]}"] = a.contiguous()
        saved[f"base_model.model.{name}.{words[1]}"] = b.contiguous()
        scaling = alpha / (math.sqrt(rank) if config.get("use_rslora") else rank)
        changes[name] = (a.double().numpy(), b.double().numpy(), scaling)
    save_file(saved, folder / "adapter_model.safetensors")
    return changes


def expected_logits(model, changes):
    """Logits at every position of transformers with the changes merged, and the model restored."""
    import torch

    before = {}
    modules = dict(model.named_modules())
    for name, (a, b, scaling) in changes.items():
        weight = modules[name].weight
        before[name] = weight.detach().clone()
        delta = scaling * b @ a
        delta = delta.T if name.endswith("embed_tokens") else delta
        weight.data = (before[name].double() + torch.from_numpy(delta)).float()
    with torch.no_grad():
        logits = model(torch.tensor([TOKENS])).logits[0].numpy().copy()
    for name, weight in before.items():
        modules[name].weight.data = weight
    return logits


def logits_of(path, adapter=None):
    """Logits at every position from llama.cpp."""
    lib = library()
    model = lib.llama_model_load_from_file(str(path).encode(), lib.llama_model_default_params())
    assert model
    params = context_params(128)
    params.n_threads = params.n_threads_batch = 1
    params.type_k = params.type_v = lib.GGML_TYPE_F32  # a 16-bit cache rounds by about 1e-2 here
    context = lib.llama_init_from_model(model, params)
    slot = AdapterSlot(model, str(path))
    if adapter is not None:
        slot.attach(context, [AdapterFile(path=str(adapter))], lambda: None)
    rows = []
    for token in TOKENS:
        one = (lib.llama_token * 1)(token)
        assert lib.llama_decode(context, lib.llama_batch_get_one(one, 1)) == 0
        scores = ctypes.cast(lib.llama_get_logits(context), ctypes.POINTER(ctypes.c_float))
        rows.append(np.ctypeslib.as_array(scores, (len(vocabulary()),)).copy())
    lib.llama_free(context)
    slot.close()
    lib.llama_model_free(model)
    return np.array(rows)


ALL = ("q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj")
CASES = {
    "all projections": ({"r": 4, "lora_alpha": 8}, ALL, "float32"),
    "rank-stabilized": ({"r": 4, "lora_alpha": 3, "use_rslora": True}, ALL, "float32"),
    "patterns": (
        {
            "r": 4, "lora_alpha": 8, "rank_pattern": {"q_proj": 2},
            "alpha_pattern": {"k_proj": 3, "q_proj": 5},
        },
        ALL,
        "float16",
    ),
    "embedding and output": ({"r": 3, "lora_alpha": 2}, ("embed_tokens", "lm_head"), "bfloat16"),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_base_and_adapter_give_the_logits_of_peft(base, tmp_path, case):
    _, model, path = base
    config, modules, dtype = CASES[case]
    changes = write_peft(tmp_path / "peft", model, config, modules, dtype)
    convert(tmp_path / "peft", path, tmp_path / "adapter.gguf")
    expected = expected_logits(model, changes)
    plain = expected_logits(model, {})
    assert np.abs(logits_of(path) - plain).max() < 1e-3  # the base itself is right
    assert np.abs(expected - plain).max() > 0.5  # the adapter matters
    assert np.abs(logits_of(path, tmp_path / "adapter.gguf") - expected).max() < 2e-3


def test_a_base_is_loaded_for_training_as_it_was(base):
    from carrel_models.tuning.base import load_base

    _, model, path = base
    read = expected_logits(load_base(path), {})
    np.testing.assert_allclose(read, expected_logits(model, {}), atol=1e-5)


def test_an_adapter_trained_here_gives_the_same_logits_in_llama_cpp(base, tmp_path):
    from carrel_models.tuning.base import load_base
    from carrel_models.tuning.bundles import TokenSample
    from carrel_models.tuning.plans import Plan, Shape
    from carrel_models.tuning.training import Run

    _, _, path = base
    model = load_base(path)
    plain = expected_logits(model, {})
    samples = [TokenSample((*TOKENS, n), (n + 1, n + 2)) for n in range(30, 40)]
    run = Run(model, samples, Plan(steps=8, rate=2e-2, shape=Shape(4, 8.0)), None)
    assert len(list(run.steps())) == 8
    (tmp_path / "peft").mkdir()
    run.save(tmp_path / "peft", "tiny")
    convert(tmp_path / "peft", path, tmp_path / "adapter.gguf")
    expected = expected_logits(model, {})
    assert np.abs(expected - plain).max() > 0.5  # it learned something
    assert np.abs(logits_of(path, tmp_path / "adapter.gguf") - expected).max() < 5e-3
