# SPDX-License-Identifier: GPL-3.0-or-later
# Completion of mutau's command line for bash.  It asks the program itself, so
# that it knows every command and option there is.

_mutau()
{
    local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]}
    local program=${COMP_WORDS[0]} command=${COMP_WORDS[1]} words
    COMPREPLY=()
    if [ "$COMP_CWORD" -eq 1 ] || { [ "$COMP_CWORD" -eq 2 ] && [ "$command" = help ]; }; then
        words=$("$program" help 2>/dev/null | sed -n 's/^  \([a-z][a-z-]*\)\( .*\)\{0,1\}$/\1/p')
        if [ "$COMP_CWORD" -eq 2 ]; then
            words="$words run-file data parameters priors terms mixing spectra moves targets"
        fi
        mapfile -t COMPREPLY < <(compgen -W "$words --version" -- "$word")
        return
    fi
    case $before in
    --progress) words='auto bar lines json' ;;
    --term) words=$("$program" help terms 2>/dev/null | sed -n 's/^\([a-z][a-z0-9-]*\): .*/\1/p') ;;
    --format)
        words='text json csv'
        if [ "$command" = export ]; then words='cobaya arviz csv getdist'; fi
        ;;
    --thin) words=auto ;;
    --threads | --seed | --max-steps | --set | --at | --fix | --starts | --energies | --mass | --masses | --grid | --region | --cl) return ;;
    *) words= ;;
    esac
    if [ -z "$words" ] && [ "${word#-}" != "$word" ]; then
        words=$("$program" help "$command" 2>/dev/null | grep -o -e '--[a-z][a-z-]*' | sort -u)
    fi
    if [ -n "$words" ]; then
        mapfile -t COMPREPLY < <(compgen -W "$words" -- "$word")
        return
    fi
    local suffix
    case $command in
    summary | diagnose | compare | export) suffix=h5 ;;
    *) suffix=yaml ;;
    esac
    if [ "$before" = --output ]; then
        suffix=h5
    fi
    compopt -o filenames 2>/dev/null
    mapfile -t COMPREPLY < <(compgen -d -- "$word"; compgen -f -X "!*.$suffix" -- "$word")
}

complete -F _mutau mutau
