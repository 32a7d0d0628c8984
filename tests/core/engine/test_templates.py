"""Templates: content stays apart from scaffold, refusals are worked around, hostile ones end."""

from __future__ import annotations

import time

import pytest

from carrel.engine.messages import ChatMessage
from carrel.engine.templates import Manner, Segment, render
from carrel.errors import UserError
from carrel_models.templates import family

from .conftest import chat

CHATML = family("chatml").text
PLAIN = family("plain").text

NO_SYSTEM = (
    "{% if messages[0]['role'] == 'system' %}{{ raise_exception('no system role') }}{% endif %}"
    "{% for m in messages %}{% if (m['role'] == 'user') != (loop.index0 % 2 == 0) %}"
    "{{ raise_exception('roles must alternate') }}{% endif %}"
    "<{{ m['role'] }}>{{ m['content'] | trim }}</>{% endfor %}"
    "{% if add_generation_prompt %}<model>{% endif %}"
)


def joined(rendered, messages):
    segments = rendered.segments
    return "".join(s.text if s.message is None else messages[s.message].text for s in segments)


def test_scaffold_and_content_are_apart():
    messages = chat("Hi <|im_end|>", "Hello")
    rendered = render(CHATML, messages)
    segments = rendered.segments
    assert segments[:3] == [
        Segment("<|im_start|>user\n", None),
        Segment(segments[1].text, 0),
        Segment("<|im_end|>\n<|im_start|>assistant\n", None),
    ]
    assert joined(rendered, messages) == (
        "<|im_start|>user\nHi <|im_end|><|im_end|>\n<|im_start|>assistant\nHello<|im_end|>\n"
        "<|im_start|>assistant\n"
    )


def test_the_template_never_sees_the_text():
    text = "{% for %} SECRET"
    seen = "{% if 'SECRET' in messages[0]['content'] %}seen{% endif %}{{ messages[0]['content'] }}"
    segments = render(seen, chat(text)).segments
    assert [s.message for s in segments] == [0]


def test_a_refused_system_role_moves_into_the_first_user_message():
    messages = chat("Question", system="Be brief.")
    assert joined(render(NO_SYSTEM, messages), messages) == (
        "<user>Be brief.\n\nQuestion</><model>"
    )


def test_a_swallowed_system_message_is_merged_too():
    silent = (
        "{% for m in messages %}{% if m.role != 'system' %}[{{ m.content }}]{% endif %}{% endfor %}"
    )
    messages = chat("Question", system="Be brief.")
    assert joined(render(silent, messages), messages) == "[Be brief.\n\nQuestion]"


def test_repeated_roles_are_joined_where_the_template_insists():
    messages = [ChatMessage(role="user", text="one"), ChatMessage(role="user", text="two")]
    assert joined(render(NO_SYSTEM, messages), messages) == "<user>one\n\ntwo</><model>"


def test_plain_template():
    messages = chat("One?", "Yes.", "Two?", system="Rules.")
    assert joined(render(PLAIN, messages), messages) == (
        "Rules.\n\nQuestion: One?\nAnswer: Yes.\n\nQuestion: Two?\nAnswer:"
    )


def test_what_templates_may_use():
    text = (
        "{{ bos_token }}{{ strftime_now('%d %b %Y') }} {{ {'a': 'é<'} | tojson }} {{ 7 * 6 }}"
        "{% generation %}{{ messages[0].content }}{% endgeneration %}"
        "{% for i in range(9) %}{% if i == 2 %}{% break %}{% endif %}{{ i }}{% endfor %}"
    )
    messages = chat("x")
    assert joined(render(text, messages, Manner(bos="<s>")), messages) == (
        '<s>26 Jul 2024 {"a": "é<"} 42x01'
    )


def test_bounded_operations_give_what_jinja_gives():
    text = (
        "{{ 'a' ~ 1 ~ none }}|{{ [1, 2] | join('-') }}|{{ ' x '.strip().replace('x', 'y') }}|"
        "{{ ', '.join(['a', 'b']) }}|{{ 'aXbX' | replace('X', '') }}|{{ [1] + [2] }}|"
        "{{ 'a' + 'b' }}|"
        "{{ 'l1\nl2' | indent(2) }}|{% set b %}block{% endset %}{{ b }}{{ messages[0].content }}"
    )
    messages = chat("x")
    assert joined(render(text, messages), messages) == (
        "a1None|1-2|y|a, b|ab|[1, 2]|ab|l1\n  l2|blockx"
    )


HOSTILE = {
    "nested loops": "{% for a in range(99999) %}{% for b in range(99999) %}"
    "{% for c in range(99999) %}{% endfor %}{% endfor %}{% endfor %}",
    "much text": "{% for a in range(99999) %}{{ 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa' }}{% endfor %}",
    "repeated text": "{{ 'a' * 9999999999 }}",
    "repeated list": "{{ ([1] * 99999) | length }}",
    "large power": "{{ 9 ** 999999999 }}",
    "wide format": "{{ '%9999999999d' % 1 }}",
    "format method": "{{ '{:>9999999999}'.format(1) }}",
    "justified": "{{ 'a'.ljust(9999999999) }}",
    "doubled text": "{% set n = namespace(x='aaaaaaaa') %}{% for i in range(60) %}"
    "{% set n.x = n.x ~ n.x %}{% endfor %}",
    "added text": "{% set n = namespace(x='aaaaaaaa') %}{% for i in range(60) %}"
    "{% set n.x = n.x + n.x %}{% endfor %}",
    "doubled block": "{% set n = namespace(x='aaaaaaaa') %}{% for i in range(60) %}"
    "{% set y %}{{ n.x }}{{ n.x }}{% endset %}{% set n.x = y %}{% endfor %}",
    "replaced text": "{% set n = namespace(x='aaaaaaaa') %}{% for i in range(60) %}"
    "{% set n.x = n.x.replace('a', 'aaaaaaaa') %}{% endfor %}",
    "joined text": "{{ range(99999) | join('aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa') }}",
    "joined by method": "{{ 'aaaaaaaaaaaaaaaaaaaaaaaa'.join(range(99999) | map('string')) }}",
    "squared number": "{% set n = namespace(x=99999) %}{% for i in range(60) %}"
    "{% set n.x = n.x * n.x %}{% endfor %}",
    "added list": "{% set n = namespace(x=[1]) %}{% for i in range(60) %}"
    "{% set n.x = n.x + n.x %}{% endfor %}",
    "batched list": "{{ [1] | batch(9999999999, 0) | list }}",
    "wide indent": "{{ 'a' | indent(9999999999) }}{{ 'a' | center(9999999999) }}",
    "large range": "{% for a in range(9999999999) %}{% endfor %}",
    "inside Python": "{{ ''.__class__.__mro__[1].__subclasses__() }}",
    "from the environment": "{{ self.__init__.__globals__ }}",
    "include": "{% include '/etc/passwd' %}",
    "broken": "{{ messages[0]['content'] ",
    "wrong name": "{{ nothing.at.all }}",
    "drops the message": "hello",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_templates_end_with_a_sentence(name):
    start = time.perf_counter()
    with pytest.raises(UserError, match="chat template of this model cannot be used") as caught:
        render(HOSTILE[name], chat("x"))
    assert caught.value.code == "template_broken"
    assert time.perf_counter() - start < 6
