"""The filter language, once more: an evaluator written from the manual and UX.md instead of the C code, and random
expressions on a recorded snapshot, of which both must choose the same processes.

The expressions follow from SEED and from the snapshot, since their values are taken from it; a failure prints both.
"""

import json
import operator
import os
import random
import re
import signal
import subprocess
import unittest
from fractions import Fraction

import cmon
import lab

SEED = 20
EXPRESSIONS = 10000
MANUAL = os.path.join(cmon.ROOT, "man", "cmon-json.5")
TOOL = os.path.join(os.path.dirname(cmon.BINARY), "tests", "tools", "filter_answers")

STATES = {"running": "R", "sleeping": "S", "disk-sleep": "D", "stopped": "T", "tracing-stop": "t", "idle": "I",
          "dead": "X", "parked": "P", "waking": "W", "wake-kill": "K"}
CLASSES = ("zombie", "orphan", "detached", "injected", "kernel")
SIZES = {"": 1, "K": 1 << 10, "M": 1 << 20, "G": 1 << 30, "T": 1 << 40, "P": 1 << 50}
TIMES = {"": 1, "s": 1, "m": 60, "h": 3600, "d": 86400}
MASKS = ("flags", "cap_effective", "signals.pending", "signals.blocked", "signals.ignored", "signals.caught")


class Refused(Exception):
    pass


# --- What the manual says about fields ---

class Field:
    def __init__(self, key, description):
        self.key = key
        self.kind, _, self.unit = (part.strip() for part in description.partition(","))
        if key in MASKS:
            self.kind = "mask"

    def value(self, process):
        """As the JSON has it; arguments with blanks between them; None: not known."""
        found = process
        for name in self.key.split("."):
            if not isinstance(found, dict) or found.get(name) is None:
                return None
            found = found[name]
        if self.kind == "list of strings":
            while found and not found[-1]:
                found = found[:-1]
            return " ".join(found)
        return found

    def compared(self):
        if self.is_text():
            return lambda text: text.encode("utf-8", "surrogateescape")
        return {"integer": Fraction, "number": lambda number: Fraction(str(number)), "boolean": bool,
                "mask": lambda digits: int(digits, 16), "list of integers": set}[self.kind]

    def is_text(self):
        return self.kind in ("string", "list of strings")

    def is_number(self):
        return self.kind in ("integer", "number")


def read_fields(path):
    """name or short name -> Field, of the manual's list of what a process has."""
    fields, field = {}, None
    with open(path, encoding="utf-8") as file:
        lines = file.read().split('.It Sy "pid"', 1)[1].splitlines()
    lines[0] = '.It Sy "pid"' + lines[0]
    for number, line in enumerate(lines):
        if line.startswith((".Sh", ".Ss")):
            break
        item = re.match(r'\.It Sy "([^"]+)" Pq (.*)', line)
        if item:
            field = fields[item[1]] = Field(item[1], item[2])
        elif line == "short name":
            fields[re.match(r"\.Sy (.*?)[.;]?$", lines[number + 1])[1]] = field
    return fields


# --- The language ---

TOKEN = re.compile(r"""\s*(?:(?P<op>==|!=|<=|>=|!~|=|<|>|~) | (?P<bracket>[()])
                   | "(?P<double>[^"]*)" | '(?P<single>[^']*)'
                   | (?P<word>(?:(?!==|!=|<=|>=|!~|=|<|>|~)[^\s()"'])+))""", re.VERBOSE)


def token_at(text, at):
    """(kind, text, end) of the token behind the blanks at a place; a quote that is not closed is refused."""
    if not text[at:].strip():
        return "end", "", len(text)
    match = TOKEN.match(text, at)
    if not match:
        raise Refused("a quote that is not closed")
    kind, word = match.lastgroup, match[match.lastgroup]
    if kind in ("double", "single"):
        kind = "quoted"
    elif kind == "word" and word.lower() in ("and", "or", "not"):
        kind = word.lower()
    return kind, word, match.end()


def tokens_of(text):
    found, at = [], 0
    while (token := token_at(text, at))[0] != "end":
        found.append(token)
        at = token[2]
    return found


def folded(text):
    return text.encode("utf-8", "surrogateescape").lower()


class Evaluator:
    """Chooses processes as sets, which are bits of an integer: bit n is the nth process."""

    def __init__(self, fields, processes):
        self.fields, self.processes = fields, processes
        self.everything = (1 << len(processes)) - 1
        self.columns = {}
        # Neighbours with text that is not UTF-8, of which the JSON has a likeness and cmon the bytes.
        self.odd = {process["pid"] for process in processes if '_b64": ' in json.dumps(process)}
        self.lines = [folded(" ".join(process["cmdline"] or []) or process["name"] or "") for process in processes]

    def column(self, field):
        """The values of all processes, in the form that is compared."""
        if field.key not in self.columns:
            convert = field.compared()
            values = [field.value(process) for process in self.processes]
            self.columns[field.key] = [None if value is None else convert(value) for value in values]
        return self.columns[field.key]

    def where(self, predicate):
        return sum(1 << i for i, process in enumerate(self.processes) if predicate(process))

    def pids(self, chosen):
        return [process["pid"] for i, process in enumerate(self.processes) if chosen >> i & 1]

    def choose(self, text):
        tokens = tokens_of(text)
        kinds = [kind for kind, _, _ in tokens]
        words = [(kind, word) for kind, word, _ in tokens if kind != "bracket"]
        is_expression = any(kind in ("op", "and", "or", "not") for kind in kinds)
        if len(words) == 1 and not is_expression:
            kind, word = words[0]
            is_expression = self.is_class(word) if kind == "word" else len(tokens) == 1
        if is_expression:
            return Parser(self, text).whole()
        pieces = [piece.strip() for piece in text.split("|") if piece.strip()]
        chosen = 0
        for piece in pieces:
            chosen |= self.search(piece)
        return chosen if pieces else self.everything

    @staticmethod
    def is_class(word):
        return word.lower() in STATES or word.lower() in CLASSES

    def search(self, wanted):
        wanted = folded(wanted)
        return sum(1 << i for i, line in enumerate(self.lines) if wanted in line)

    def of_class(self, word):
        word = word.lower()
        if word in STATES:
            return self.where(lambda process: process["state"] == STATES[word])
        if word == "kernel":
            return self.where(lambda process: process["kernel"] is True)
        if word == "zombie":
            return self.where(lambda process: process["state"] == "Z" and not process["main_exited"])
        classes = ("observed", "proven") if word == "orphan" else (word,)
        return self.where(lambda process: (process["orphan"] or {}).get("class") in classes)

    # Comparisons

    def compare(self, name, op, value):
        field = self.fields.get(name.lower())
        if field is None:
            raise Refused(f"field {name}")
        op = "=" if op == "==" else op
        if field.is_text():
            if field.key == "username" and op in ("=", "!=") and re.fullmatch(r"[0-9]+", value):
                return self.compare_user(field, op, value)
            test = self.text_test(op, value)
        elif field.is_number():
            test = self.number_test(field, op, value)
        elif field.kind == "boolean":
            test = self.boolean_test(op, value)
        elif field.kind == "mask":
            test = self.mask_test(op, value)
        elif field.kind == "list of integers":
            test = self.list_test(op, value)
        else:
            raise Refused(f"{name} cannot be compared")

        return sum(1 << i for i, known in enumerate(self.column(field)) if known is not None and test(known))

    ordered = {"=": operator.eq, "!=": operator.ne, "<": operator.lt, "<=": operator.le, ">": operator.gt,
               ">=": operator.ge}

    def compare_user(self, field, op, value):
        def matches(process):
            name = field.value(process)
            if name is None:
                return False
            same = name == value or (process["uids"] or {}).get("real") == int(value)
            return same == (op == "=")
        return self.where(matches)

    def text_test(self, op, value):
        wanted = value.encode()
        if op not in ("~", "!~"):
            return lambda known: self.ordered[op](known, wanted)
        # Python's $ also matches before a newline at the end.
        regex = re.compile(re.sub(rb"\$", rb"\\Z", wanted), re.DOTALL)
        return lambda known: bool(regex.search(known)) == (op == "~")

    def number_test(self, field, op, value):
        match = re.fullmatch(r"(-?[0-9]+(?:\.[0-9]*)?)(.*)", value)
        if not match or op in ("~", "!~"):
            raise Refused("number")
        if field.unit == "seconds":
            factor = TIMES.get(match[2])
        elif field.unit.startswith("bytes"):
            factor = SIZES.get(match[2].upper())
        elif field.unit.startswith("percent"):
            factor = {"": 1, "%": 1}.get(match[2])
        else:
            factor = {"": 1}.get(match[2])
        if factor is None:
            raise Refused("unit")
        number = Fraction(match[1]) * factor
        return lambda known: self.ordered[op](known, number)

    def equality(self, op, value, parse):
        if op not in ("=", "!="):
            raise Refused("operator")
        wanted = parse(value)
        return lambda known: (known == wanted) == (op == "=")

    def boolean_test(self, op, value):
        words = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}
        if value.lower() not in words:
            raise Refused("boolean")
        return self.equality(op, value, lambda word: words[word.lower()])

    def mask_test(self, op, value):
        if not re.fullmatch(r"(0x)?[0-9a-fA-F]{1,16}", value):
            raise Refused("mask")
        return self.equality(op, value, lambda digits: int(digits, 16))

    def list_test(self, op, value):
        if op not in ("=", "!=") or not re.fullmatch(r"-?[0-9]+", value):
            raise Refused("list")
        return lambda known: (int(value) in known) == (op == "=")


class Parser:
    """and binds closer than or, not closest."""

    def __init__(self, evaluator, text):
        self.evaluator, self.text, self.at = evaluator, text, 0

    def peek(self):
        return token_at(self.text, self.at)

    def take(self):
        token = self.peek()
        self.at = token[2]
        return token

    def value(self):
        """Up to a blank, or to a ")" that was not opened in it, or quoted."""
        while self.at < len(self.text) and self.text[self.at].isspace():
            self.at += 1
        if self.text[self.at:self.at + 1] in ("'", '"'):
            return self.take()[1]
        start, depth = self.at, 0
        while self.at < len(self.text) and not self.text[self.at].isspace():
            depth += {"(": 1, ")": -1}.get(self.text[self.at], 0)
            if depth < 0:
                break
            self.at += 1
        if self.at == start:
            raise Refused("value")
        return self.text[start:self.at]

    def whole(self):
        chosen = self.either()
        if self.peek()[0] != "end":
            raise Refused("end")
        return chosen

    def either(self):
        chosen = self.both()
        while self.peek()[0] == "or":
            self.take()
            chosen |= self.both()
        return chosen

    def both(self):
        chosen = self.term()
        while self.peek()[0] == "and":
            self.take()
            chosen &= self.term()
        return chosen

    def term(self):
        kind, word, _ = self.take()
        if kind == "not":
            return self.evaluator.everything & ~self.term()
        if kind == "bracket" and word == "(":
            chosen = self.either()
            if self.take()[:2] != ("bracket", ")"):
                raise Refused("parenthesis")
            return chosen
        if kind not in ("word", "quoted"):
            raise Refused(kind)
        if self.peek()[0] == "op":
            op = self.take()[1]
            if kind == "quoted":
                raise Refused("field")
            if word.lower() not in self.evaluator.fields:
                raise Refused(f"field {word}")
            return self.evaluator.compare(word, op, self.value())
        if kind == "quoted":
            return self.evaluator.search(word)
        if self.evaluator.is_class(word):
            return self.evaluator.of_class(word)
        if word.lower() in self.evaluator.fields:
            raise Refused("a field alone")
        return self.evaluator.search(word)


# --- Random expressions ---

class Generator:
    def __init__(self, rng, fields, processes):
        self.rng, self.processes, self.known = rng, processes, {}
        self.by_kind = {"text": [], "number": [], "other": []}
        for name, field in fields.items():
            if not self.samples(field):
                continue
            kind = "text" if field.is_text() else "number" if field.is_number() else "other"
            if kind != "other" or field.kind in ("boolean", "mask", "list of integers"):
                self.by_kind[kind].append((name, field))

    def samples(self, field):
        if field.key not in self.known:
            self.known[field.key] = [value for value in map(field.value, self.processes) if value is not None]
        return self.known[field.key]

    def random_case(self, word):
        return self.rng.choice((word, word, word.upper(), word.capitalize()))

    def quoted(self, text):
        quotes = [quote for quote in "'\"" if quote not in text]
        return (quotes and self.rng.choice(quotes)).join(("", text, "")) if quotes else None

    def plain(self, text):
        """Whether it can stand without quotes as a value."""
        return text and not re.search(r"[\s()'\"]", text)

    def comparison(self):
        kind = self.rng.choices(("number", "text", "other"), (5, 4, 2))[0]
        name, field = self.rng.choice(self.by_kind[kind])
        if kind == "number":
            op, value = self.rng.choice(("=", "==", "!=", "<", "<=", ">", ">=")), self.number(field)
        elif kind == "text":
            op = self.rng.choice(("=", "!=", "<", ">", "~", "!~", "~"))
            value = self.text_value(field, op)
        else:
            op, value = self.rng.choice(("=", "!=")), self.other(field)
        space = self.rng.choice(("", " ", " ", "  "))
        return [self.random_case(name) + space + op + self.rng.choice(("", " ", " ")) + value]

    def number(self, field):
        sample = self.rng.choice(self.samples(field))
        if field.unit.startswith("bytes") and self.rng.random() < 0.6:
            unit = self.rng.choice("KMGTkmg")
            return f"{sample // SIZES[unit.upper()] if isinstance(sample, int) else 1}" \
                   f"{self.rng.choice(('', '', '.5', '.25'))}{unit}"
        if field.unit == "seconds" and self.rng.random() < 0.5:
            unit = self.rng.choice("smhd")
            return f"{int(sample / TIMES[unit])}{self.rng.choice(('', '.5'))}{unit}"
        if field.kind == "number" and not field.key.startswith("cpu_times."):
            # The JSON has six decimals, the program more: nothing is compared where that matters.
            return f"{sample + self.rng.choice((-0.125, 0.125, 1, 100)):.4f}"
        if self.rng.random() < 0.2 and isinstance(sample, int):
            sample += self.rng.choice((-1, 1))
        return str(sample) + (self.rng.choice(("", "%")) if field.unit.startswith("percent") else "")

    def text_value(self, field, op):
        sample = self.rng.choice(self.samples(field))
        if op in ("~", "!~"):
            return self.regex(sample)
        if field.key == "username" and self.rng.random() < 0.4:
            return str(self.rng.choice([process["uids"]["real"] for process in self.processes if process["uids"]]))
        if self.rng.random() < 0.2:
            sample = sample[:self.rng.randrange(len(sample) + 1)]
        sample = sample.split("\n")[0]
        if self.plain(sample) and self.rng.random() < 0.5:
            return sample
        return self.quoted(sample) or "x"

    def regex(self, sample):
        start = self.rng.randrange(len(sample) + 1)
        letters = [letter for letter in sample[start:start + self.rng.randrange(1, 6)]
                   if letter.isascii() and (letter.isalnum() or letter in "/-_")] or ["e"]
        for i, letter in enumerate(letters):
            letters[i] = self.rng.choice((letter, letter, letter, ".", f"[{letter}x]", f"({letter}|q)", f"{letter}+",
                                          f"{letter}?", "[a-m]", "[^a]", f"{letter}{{1,2}}"))
        text = self.rng.choice(("", "", "^")) + "".join(letters) + self.rng.choice(("", "", "$"))
        return self.rng.choice((text, f"'{text}'"))

    def other(self, field):
        sample = self.rng.choice(self.samples(field))
        if field.kind == "boolean":
            return self.random_case(self.rng.choice(("true", "false", "yes", "no", "1", "0")))
        if field.kind == "mask":
            return self.rng.choice(("0x", "")) + (sample.lstrip("0") or "0")
        return str(self.rng.choice(sample or [1]))

    def word(self):
        choice = self.rng.random()
        if choice < 0.6:
            return [self.random_case(self.rng.choice((*STATES, *CLASSES, "zombie", "orphan", "kernel", "sleeping")))]
        process = self.rng.choice(self.processes)
        text = self.rng.choice([process["name"] or "x", *(process["cmdline"] or [])]).split("\n")[0]
        start = self.rng.randrange(len(text) + 1)
        piece = text[start:start + self.rng.randrange(1, 9)]
        return [self.quoted(piece) or "x"]

    def expression(self, depth):
        choice = self.rng.random()
        if depth == 0 or choice < 0.25:
            return self.comparison() if self.rng.random() < 0.75 else self.word()
        if choice < 0.4:
            return [self.random_case("not"), *self.expression(depth - 1)]
        if choice < 0.6:
            return ["(", *self.expression(depth - 1), ")"]
        usual = self.rng.choice(("and", "or"))
        parts = self.expression(depth - 1)
        for _ in range(self.rng.randrange(1, 4)):
            parts += [self.random_case(usual if self.rng.random() < 0.7 else "or"), *self.expression(depth - 1)]
        return parts

    def text(self):
        parts = self.expression(self.rng.randrange(5))
        if self.rng.random() < 0.05:
            del parts[self.rng.randrange(len(parts))]
        if parts and self.rng.random() < 0.03:
            parts.insert(self.rng.randrange(len(parts)), self.rng.choice(parts))
        return self.rng.choice((" ", " ", "  ")).join(parts)


class FilterEvaluatorTest(unittest.TestCase):
    def answers_to(self, make_expressions):
        """The snapshot's document, the expressions made for it, and what the C evaluator says to each."""
        with subprocess.Popen([TOOL], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as tool:
            document = json.loads(tool.stdout.readline())
            expressions = make_expressions(document)
            output, _ = tool.communicate(("\n".join(expressions) + "\n").encode(), timeout=cmon.DEADLINE)
        self.assertEqual(tool.returncode, 0)
        answers = output.decode("utf-8", "replace").split("\n")
        self.assertEqual(answers.pop(), "")
        self.assertEqual(len(answers), len(expressions))
        return document, expressions, answers

    def compare(self, evaluator, expression, answer):
        try:
            chosen = evaluator.choose(expression)
        except Refused as refusal:
            self.assertTrue(answer.startswith("!"), f"{expression!r}: refused here ({refusal}), cmon says {answer!r}")
            return None
        self.assertFalse(answer.startswith("!"), f"{expression!r}: cmon says {answer!r}")
        expected, found = set(evaluator.pids(chosen)) - evaluator.odd, set(map(int, answer.split())) - evaluator.odd
        wrong = expected ^ found
        differing = [process for process in evaluator.processes if process["pid"] in wrong]
        self.assertEqual(found, expected, f"{expression!r} on {json.dumps(differing)[:4000]}")
        return len(found)

    @unittest.skipUnless(os.path.exists(TOOL), "make test-tools builds what this needs")
    def test_both_evaluators_choose_the_same(self):
        fields = read_fields(MANUAL)
        self.assertGreater(len(fields), 100)

        def make(document):
            generator = Generator(random.Random(SEED), fields, document["processes"])
            return [generator.text() for _ in range(EXPRESSIONS)]

        # Some of each: a zombie, a stopped one, one that was left by its parent, one with odd arguments.
        with lab.actor("a b", "", "it's", '"q"', "ünï", "(x)") as odd, lab.actor() as stopped, lab.actor() as parent:
            parent.do("zombie")
            os.kill(stopped.pid, signal.SIGSTOP)
            os.waitid(os.P_PID, stopped.pid, os.WSTOPPED)
            self.assertTrue(odd.pid)
            document, expressions, answers = self.answers_to(make)
        evaluator = Evaluator(fields, document["processes"])
        counts = [self.compare(evaluator, *pair) for pair in zip(expressions, answers)]
        some = sum(0 < count < len(evaluator.processes) for count in counts if count is not None)
        refused = sum(count is None for count in counts)
        # A test that compares nothing would be equal, too.
        self.assertGreater(some, EXPRESSIONS // 4)
        self.assertGreater(refused, EXPRESSIONS // 100)
        self.assertLess(refused, EXPRESSIONS // 5)


if __name__ == "__main__":
    unittest.main()
