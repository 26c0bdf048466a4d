"""Commands for bash that make calls with curl, made at random, with all that a shell lets one write.

A command is made of words; each word is then quoted in one of the ways of a shell. What the shell and curl
make of it is not computed here: a test asks them.
"""

import json

#: Characters that mean something to a shell, to curl, to JSON or to our cells, and some of all Unicode.
SPECIAL = [*" '\"\\$`!#&|;<>(){}[]*?~^%=@:,+-_./", "{{", "}}", "\\{{", "$X", "${X}", "\\n"]
SPECIAL += ["é", "ß", "漢", "😀", "\u2028"]
PLAIN = list("abcXYZ019")
ANSI = {
    "\n": "\\n",
    "\t": "\\t",
    "'": "\\'",
    "\\": "\\\\",
    '"': '\\"',
    "\r": "\\r",
    "\a": "\\a",
    "\x1b": "\\e",
}
LINES = ["\n", "\t", "\n\n"]


def text(random, most=12, *, lines=False, ascii_only=False):
    """A text that begins with a letter, so that it stands for nothing else (`@file`, `<id>`)."""
    pool = SPECIAL + PLAIN * 3 + (LINES if lines else [])
    if ascii_only:
        pool = [piece for piece in pool if piece.isascii()]
    return "v" + "".join(random.choice(pool) for _ in range(random.randrange(most)))


def json_text(random):
    def value(depth):
        kind = random.randrange(7 if depth else 4)
        if kind < 2:
            return text(random, lines=True)
        if kind == 2:
            return random.choice([0, -1, 12345, 1.5, True, False, None])
        if kind == 3:
            return random.choice(["", "Zürich", "a\\b", 'say "hi"', "it's", "5 > 3 && 2 < 4"])
        if kind == 4:
            return [value(depth - 1) for _ in range(random.randrange(3))]
        return {text(random, 5): value(depth - 1) for _ in range(random.randrange(3))}

    body = {text(random, 5): value(2) for _ in range(random.randrange(4))}
    return json.dumps(body, ensure_ascii=random.random() < 0.5, indent=random.choice([None, None, 2]))


# -- quoting ------------------------------------------------------------------------------------------------


def quoted(random, word):
    """The word as it can be written for bash: one way for all of it, or another way for each part."""
    if not word:
        return random.choice(["''", '""'])
    if random.random() < 0.6:
        return _part(random, word)
    cut = random.randrange(len(word) + 1)
    return "".join(_part(random, part) for part in (word[:cut], word[cut:]) if part)


def _part(random, word):
    ways = [_double, _ansi]
    if "'" not in word:
        ways += [_single, _single]
    if "\n" not in word:
        ways.append(_bare)
    return random.choice(ways)(random, word)


def _single(random, word):
    return f"'{word}'"


def _double(random, word):
    escaped = "".join(f"\\{c}" if c in '"\\$`' else c for c in word)
    return f'"{escaped}"'


def _bare(random, word):
    safe = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./:=,@+"
    return "".join(c if c in safe or ord(c) > 127 else f"\\{c}" for c in word)


def _ansi(random, word):
    pieces = []
    for index, c in enumerate(word):
        following = word[index + 1 : index + 2]
        may_follow = not following or following not in "0123456789abcdefABCDEF"
        if c in ANSI:
            pieces.append(ANSI[c])
        elif ord(c) < 128 and random.random() < 0.2 and may_follow:
            pieces.append(random.choice([f"\\x{ord(c):x}", f"\\{ord(c):o}", f"\\u{ord(c):x}"]))
        elif 127 < ord(c) < 0x10000 and random.random() < 0.5:
            pieces.append(f"\\u{ord(c):04x}")
        elif ord(c) > 0xFFFF and random.random() < 0.5:
            pieces.append(f"\\U{ord(c):08x}")
        elif ord(c) > 127 and random.random() < 0.3:
            pieces += [random.choice([f"\\x{byte:02x}", f"\\{byte:03o}"]) for byte in c.encode()]
        else:
            pieces.append(c)
    return f"$'{''.join(pieces)}'"


# -- commands -----------------------------------------------------------------------------------------------


def _data(random, case):
    kind = random.randrange(8)
    json_type = ["-H", "Content-Type: application/json"]
    if kind == 0:
        return [random.choice(["-d", "--data", "--data-raw", "--data-binary"]), json_text(random), *json_type]
    if kind == 1:
        return ["--json", json_text(random)]
    if kind == 2:
        return [
            word
            for _ in range(random.randrange(1, 4))
            for word in ("-d", f"{random.choice('abab')}={random.randrange(9)}")
        ]
    if kind == 3:
        return ["--data-urlencode", f"n={text(random)}", "--data-urlencode", f"m={text(random)}"]
    if kind == 4:
        pairs = [
            ["-F", f"{random.choice('ab')}={random.randrange(99)} x"],
            ["--form-string", f"s={text(random, lines=False)}"],
        ]
        pairs += [
            ["-F", 'q="a;b \\"c\\" \\\\ d"'],
            ["-F", "file=@a.pdf"],
            ["-F", "file=@b c.txt;type=text/plain"],
        ]
        return [word for pair in random.sample(pairs, random.randrange(1, 5)) for word in pair]
    if kind == 5:
        return ["-G", "-d", "a=1", "--data-urlencode", f"b={text(random)}"]
    if kind == 6:
        return ["--data-binary", "@-", *json_type, None, json_text(random)]
    return []


def words_of(random, base, case):
    """The words of one curl command, in which None parts the words from what it reads; and the method."""
    query = random.choice(["", "", f"?q={random.randrange(9)}&r=a%20b", "?a=1&a=2&b"])
    url = f"{base}/v1/case/{case}{random.choice(['', '/x/y', '/a%2Fb', '/./x', '/y/../z', '/'])}{query}"
    words = [random.choice(["--url", ""]), url]
    words = words[not words[0] :]
    options = []
    for _ in range(random.randrange(3)):
        options.append(["-H", f"X-{random.choice('ABC')}{len(options)}: {text(random, ascii_only=True)}"])
    options.append(random.choice([[], ["-X", random.choice(["PUT", "PATCH", "DELETE", "POST"])]]))
    options.append(
        random.choice([[], [], ["-A", text(random, ascii_only=True)], ["-e", "https://x.example/y"]])
    )
    options.append(random.choice([[], [], ["--url-query", f"z={text(random)}"], ["--url-query", "+y=%41"]]))
    options.append(
        random.choice([[], ["-s"], ["-sS"], ["-sL", "--compressed"], ["--max-time", "20"], ["-m20", "-k"]])
    )
    options.append(
        random.choice([[], [], ["-H", "Accept: text/csv"], ["-H", "X-Empty;"], ["-H", "X-Removed:"]])
    )
    data = _data(random, case)
    given = None
    if None in data:
        given = data[-1]
        data = data[: data.index(None)]
    options.append(data)
    options.append(words)
    random.shuffle(options)
    return [word for option in options for word in option], given


def command(random, base, case):
    """One command as text for bash."""
    words, given = words_of(random, base, case)
    blank = random.choice([" ", "  ", " \\\n  ", "\t"])
    written = [
        word if word.startswith("-") and "=" not in word and " " not in word else quoted(random, word)
        for word in words
    ]
    line = random.choice(["curl", "command curl", "time curl", '"curl"']) + "".join(
        f"{blank}{word}" for word in written
    )
    if given is not None:
        end = f"E{case}F"
        escaped = given.replace("\\", "\\\\").replace("$", "\\$").replace("`", "\\`")
        line += random.choice(
            [f" <<'{end}'\n{given}\n{end}", f" <<{end}\n{escaped}\n{end}", f" <<< {quoted(random, given)}"]
        )
    return line + random.choice(
        ["", "  # a comment with 'a quote", " ;", " > /dev/null"] if given is None else [""]
    )
