# Read by run.sh: what carrel-embedders and carrel-gpu add, where their packages lie in dist.

added=
install_addition() { # PACKAGE_FILE [MORE]
    cp "$1" "$root/packages/"
    cp /etc/resolv.conf "$root/etc/resolv.conf"
    inside apt-get install -y --no-install-recommends "./packages/${1##*/}" "${@:2}" \
        >>"$out/log.txt" 2>&1 || fail "apt-get install ${1##*/}"
    rm "$root/etc/resolv.conf"
}

for package in dist/carrel-embedders_*_amd64.deb; do
    [ -f "$package" ] || continue
    say "carrel-embedders"
    .venv/bin/python -m tests.packaging.clean_root embedder "$root/models" >>"$out/log.txt" 2>&1
    chmod -R a+rX "$root/models"
    if alone carrel embedders add "/models/Tiny Model" >"$out/refused.txt" 2>&1; then
        fail "another embedder was taken in without carrel-embedders"
    fi
    grep -q "Install the package carrel-embedders" "$out/refused.txt" || fail "$(cat "$out/refused.txt")"
    say "  without it: $(tr '\n' ' ' <"$out/refused.txt")"
    before=$(du -sm "$root/opt/carrel" | cut -f1)
    install_addition "$package"
    added="$added carrel-embedders"
    say "  $(($(du -sm "$root/opt/carrel" | cut -f1) - before)) MB more in /opt/carrel"
    alone carrel embedders add "/models/Tiny Model" >>"$out/log.txt" 2>&1 || fail "embedders add"
    alone carrel embedders use tiny-model >>"$out/log.txt" 2>&1 || fail "embedders use"
    alone carrel search "boiler repair" --json >"$out/searched.json" 2>>"$out/log.txt" || fail "search"
    grep -q '"vector_rank":[0-9]' "$out/searched.json" || fail "nothing was found by meaning"
    alone carrel embedders use all-minilm-l6-v2 >>"$out/log.txt" 2>&1 || fail "embedders use"
    alone carrel-tune --help >>"$out/log.txt" 2>&1 || fail "carrel-tune"
    say "  another embedder was taken in, exported, used and left again, without network"
done

for package in dist/carrel-gpu_*_amd64.deb; do
    [ -f "$package" ] || continue
    say "carrel-gpu"
    before=$(du -sm "$root/opt/carrel" | cut -f1)
    install_addition "$package" mesa-vulkan-drivers
    added="$added carrel-gpu"
    say "  $(($(du -sm "$root/opt/carrel" | cut -f1) - before)) MB more in /opt/carrel"
    alone carrel doctor >"$out/doctor.txt" 2>&1 || fail "doctor"
    grep -q "No graphics card with a driver for Vulkan was found." "$out/doctor.txt" ||
        fail "$(cat "$out/doctor.txt")"
    say "  $(grep '^graphics_cards' "$out/doctor.txt")"
    # llama.cpp takes a software device only when it is named.
    alone GGML_VK_VISIBLE_DEVICES=0 carrel doctor >"$out/doctor.txt" 2>&1 || fail "doctor"
    grep -q "Vulkan0: llvmpipe" "$out/doctor.txt" || fail "$(cat "$out/doctor.txt")"
    grep -q "layers on graphics cards" "$out/doctor.txt" || fail "$(cat "$out/doctor.txt")"
    say "  $(grep 'Vulkan0: llvmpipe' "$out/doctor.txt")"
    alone GGML_VK_VISIBLE_DEVICES=0 carrel ask --json --generated always "Who repairs the boiler?" \
        >"$out/on_vulkan.json" 2>>"$out/log.txt" || fail "ask on Vulkan"
    grep -q '"generated_tokens":[1-9]' "$out/on_vulkan.json" || fail "nothing was written on Vulkan"
    say "  an answer was written on the software device, without network"
done
