"""What a model takes and what this machine can compute on, as lines for people."""

from __future__ import annotations

from typing import TYPE_CHECKING

from carrel.engine.messages import DeviceList, DeviceMemory, MemoryPlan, PlanMemory
from carrel.errors import UserError, WorkerDied

if TYPE_CHECKING:
    from carrel.compose import Core


def plan_for(core: Core, path: str) -> MemoryPlan | str:
    """What the model at `path` would take with the wanted context, or the reason why that is not
    known."""
    request = PlanMemory(
        path=path, context=core.settings.whole("context"), device=core.hardware.device
    )
    try:
        return core.hardware.plan(request)
    except (UserError, WorkerDied) as error:
        return str(error)


def plan_lines(plan: MemoryPlan | str) -> list[str]:
    """One line on how it is known, one per device."""
    if isinstance(plan, str):
        return [plan]
    source = "llama.cpp's dry run" if plan.exact else "an estimate from the header"
    layers = f", {plan.layers} of {plan.all_layers} layers on graphics cards" if plan.layers else ""
    return [
        f"{plan.context:,} tokens of context{layers} (by {source})",
        *(_device_line(one) for one in plan.devices),
    ]


def _device_line(one: DeviceMemory) -> str:
    total = one.weights + one.cache + one.compute
    free = "" if one.free is None else f" of {one.free / 1e6:,.0f} MB free"
    return (
        f"{one.name}: {total / 1e6:,.0f} MB{free} = {one.weights / 1e6:,.0f} weights"
        f" + {one.cache / 1e6:,.0f} cache + {one.compute / 1e6:,.0f} working"
    )


def devices_of(core: Core) -> DeviceList | str:
    """What llama.cpp can compute on, or why that is not known."""
    try:
        return core.hardware.devices()
    except (UserError, WorkerDied) as error:
        return str(error)


def graphics_of(core: Core) -> str:
    """How many graphics cards models go to, or why none."""
    count = len(core.hardware.gpus())
    return core.hardware.problem or (f"{count} in use" if count else "none in use")


def device_lines(found: DeviceList | str) -> list[str]:
    """A line per device, and what is wrong with the build."""
    if isinstance(found, str):
        return [found]
    lines = []
    for one in found.devices:
        free = "" if one.free is None else f", {one.free / 1e6:,.0f} MB free"
        total = "" if one.total is None else f" of {one.total / 1e6:,.0f} MB"
        lines.append(f"{one.name}: {one.description} ({one.kind}{free}{total})")
    if not found.offloads:
        lines.append("This build of llama.cpp computes on the processor alone.")
    elif all(one.kind == "cpu" for one in found.devices):
        lines.append("This build could use a graphics card, and its driver shows none.")
    return [*lines, *found.warnings, f"llama.cpp: {found.system_info}"]
