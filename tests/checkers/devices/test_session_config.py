"""What a session is told about devices."""

from __future__ import annotations

import ast

import pytest

from lintplugin import evidence, rules
from lintplugin.edits import Applicability
from lintplugin.rules import Finding
from tests.checkers.findings import found as found_by

SYMBOL = "device-session-config"

HEAD = "import tensorflow as tf\n"


def found(text: str, *targets: str) -> list[Finding]:
    return found_by(SYMBOL, HEAD + text, *targets)


def fields(text: str) -> list[str]:
    return [finding.args["field"] for finding in found(text)]


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("tf.config.set_soft_device_placement(True)\n", id="TensorFlow 2"),
        pytest.param("config = tf.ConfigProto()\n", id="nothing is set"),
        pytest.param(
            "config = tf.ConfigProto(gpu_options=tf.GPUOptions())\n", id="nothing within it"
        ),
        pytest.param("config = Config(allow_soft_placement=True)\n", id="another class"),
        pytest.param("config.gpu_options.allow_growth = True\n", id="an unknown object"),
        pytest.param(
            "def build(tf):\n    return tf.ConfigProto(allow_soft_placement=True)\n",
            id="a parameter",
        ),
        pytest.param(
            "tf.compat.v1.disable_v2_behavior()\n"
            "c = tf.compat.v1.ConfigProto(allow_soft_placement=True)\n",
            id="sessions work",
        ),
        pytest.param("print(tf.ConfigProto().allow_soft_placement)\n", id="read"),
    ],
)
def test_left_alone(text: str) -> None:
    assert found(text) == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("tf.ConfigProto(allow_soft_placement=True)\n", ["allow_soft_placement"]),
        pytest.param(
            "c = tf.ConfigProto()\nc.gpu_options.allow_growth = True\n",
            ["gpu_options.allow_growth"],
        ),
        pytest.param(
            "c = tf.ConfigProto()\ng = c.gpu_options\ng.allow_growth = True\n",
            ["gpu_options.allow_growth"],
            id="a message by another name",
        ),
        pytest.param(
            "o = tf.GPUOptions(per_process_gpu_memory_fraction=0.3)\n"
            "tf.Session(config=tf.ConfigProto(gpu_options=o))\n",
            ["gpu_options.per_process_gpu_memory_fraction"],
        ),
        pytest.param("tf.ConfigProto(device_count={'GPU': 0})\n", ["device_count.GPU"]),
        pytest.param("c = tf.ConfigProto()\nc.device_count['GPU'] = 0\n", ["device_count.GPU"]),
        pytest.param("tf.ConfigProto(device_count=counts)\n", ["device_count"]),
        pytest.param(
            "c = tf.compat.v1.ConfigProto()\nc.log_device_placement = True\n",
            ["log_device_placement"],
            id="below compat.v1",
        ),
        pytest.param(
            "from tensorflow import ConfigProto as C\nC(isolate_session_state=True)\n",
            ["isolate_session_state"],
            id="a field without an answer of its own",
        ),
        pytest.param(
            "class Trainer:\n    def __init__(self):\n        self.c = tf.ConfigProto()\n"
            "        self.c.gpu_options.visible_device_list = '0'\n",
            ["gpu_options.visible_device_list"],
            id="an attribute",
        ),
        pytest.param(
            "c = tf.ConfigProto()\nj = tf.OptimizerOptions.ON_1\n"
            "c.graph_options.optimizer_options.global_jit_level = j\n"
            "c.graph_options.rewrite_options.constant_folding = 2\n",
            [
                "graph_options.optimizer_options.global_jit_level",
                "graph_options.rewrite_options.constant_folding",
            ],
        ),
    ],
)
def test_found(text: str, expected: list[str]) -> None:
    assert fields(text) == expected


def test_what_cannot_be_converted_is_shown_as_a_statement() -> None:
    text = "c = tf.ConfigProto(intra_op_parallelism_threads=2)\nprint(c)\n"
    shown = {fix.target: fix for finding in found(text) for fix in finding.fixes}
    assert shown["tf2"].replacement == "tf.config.threading.set_intra_op_parallelism_threads(2)"
    assert shown["torch"].replacement == "torch.set_num_threads(2)"
    assert all(fix.applicability is Applicability.DISPLAY for fix in shown.values())
    assert all(fix.evidence is not None for fix in shown.values())


def test_the_conversion_is_offered() -> None:
    text = "x = tf.constant(1)\ns = tf.Session(config=tf.ConfigProto(allow_soft_placement=True))\n"
    (finding,) = found(f"{text}print(s.run(x))\n", "tf2")
    (fix,) = finding.fixes
    assert fix.applicability is Applicability.SAFE
    assert any("tf.config.set_soft_device_placement(True)" in edit.text for edit in fix.edits)


@pytest.mark.parametrize("target", rules.TARGETS)
def test_every_answer_was_executed(target: str) -> None:
    """The programs call each function of the table, but for those the table only names."""
    folder = evidence.fixtures() / SYMBOL
    programs = "".join(file.read_text("utf-8") for file in folder.glob(f"*/{target}.py"))
    for row in rules.by_symbol()[SYMBOL].rows.values():
        for template in row.templates[target]:
            called = [node for node in ast.walk(ast.parse(template)) if isinstance(node, ast.Call)]
            names = {ast.unparse(call.func) for call in called}
            assert all(
                name in programs or "get_num" in name
                for name in names
                if name.startswith(("tf.", "torch."))
            ), template
