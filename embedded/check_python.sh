#!/bin/sh
# Exits 0 when "$1" is a Python that can make a virtual environment; otherwise prints the one line that mends it.
python=$1

fail() {
    echo "$1" >&2
    echo "  $2" >&2
    exit 1
}

[ -n "$python" ] || fail 'Нет Python. Установите его:' 'sudo apt-get install -y python3 python3-venv'

"$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' ||
    fail "Нужен Python 3.11 или новее, а $python старше. Установите новый и укажите его:" \
        'sudo apt-get install -y python3.12 python3.12-venv && make PYTHON=python3.12 up'

"$python" -c 'import ensurepip, venv' 2>/dev/null || {
    version=$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
    fail "У $python нет модуля venv. Установите его:" "sudo apt-get install -y python$version-venv"
}
