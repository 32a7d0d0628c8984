"""Chat templates that mean harm: they loop, grow, recurse, break out, or are no templates."""

from __future__ import annotations

TEMPLATES = (
    "{% for i in range(100000) %}{% for j in range(100000) %}{% endfor %}{% endfor %}",
    "{{ 'a' * 1000000000 }}",
    "{{ range(1000000000) | list }}",
    "{% for i in range(99999) %}{{ 'a' * 99999 }}{% endfor %}",
    "{% set ns = namespace(s='a') %}{% for i in range(60) %}{% set ns.s = ns.s + ns.s %}"
    "{% endfor %}{{ ns.s }}",
    "{% macro f(x) %}{{ f(x) }}{% endmacro %}{{ f(1) }}",
    "{{ ''.__class__.__mro__[1].__subclasses__() }}",
    "{{ cycler.__init__.__globals__.os.system('true') }}",
    "{{ messages.append(messages) }}{{ messages }}",
    "{% include '/etc/passwd' %}",
    "{% import 'os' as os %}{{ os }}",
    "{% for m in messages %}",
    "{{ messages[99].content }}",
    "{{ raise_exception('no ' * 5000) }}",
    "{{ 10 ** 10000000 }}",
    "{{ '%1000000000d' % 1 }}",
    "{{ '{:>1000000000}'.format(1) }}",
    "{{ 'x'.ljust(1000000000) }}",
    "{{ lipsum(n=100000) }}",
    "{{ messages | map('upper') | map('upper') | join('a') * 50000000 }}",
    "\0{{ messages[0].content }}\0",
    "{{ strftime_now('%Y' * 1000000) }}",
    "{" * 10_000,
    "{{ " + "(" * 3_000 + "1" + ")" * 3_000 + " }}",
    "{% if " + "not " * 5_000 + "1 %}{% endif %}",
    "{{ messages[0]['content'] }}" * 2_000,
    "{% for m in messages %}{{ m.content * 100000 }}{% endfor %}",
    "{{ dict(a=messages).a[0].update({'content': 1}) }}{{ messages[0].content }}",
    "",
    " ",
)
