# SPDX-License-Identifier: Apache-2.0
"""Whether a text is a TracesData message in the JSON encoding of OTLP: a checker written from the protocol's definitions.

Sources: opentelemetry-proto, trace/v1/trace.proto, common/v1/common.proto, resource/v1/resource.proto; the OTLP specification, "JSON
Protobuf Encoding": keys are field names in lowerCamelCase, ids are hexadecimal, enums are integers and never names, 64-bit numbers are
decimal strings. Receivers ignore fields that they do not know; here such a field is a mistake.
"""

import json
import re

INT64, UINT64 = range(-(1 << 63), 1 << 63), range(1 << 64)


def _decimal(allowed):
    def check(value):
        return isinstance(value, str) and re.fullmatch(r"-?(0|[1-9][0-9]*)", value) and int(value) in allowed
    return check


def _number(limit):
    return lambda value: type(value) is int and 0 <= value < limit


def _id(digits):
    return lambda value: isinstance(value, str) and re.fullmatch(f"[0-9a-fA-F]{{{digits}}}", value) and int(value, 16)


def _text(value):
    return isinstance(value, str)


def _name(value):
    return isinstance(value, str) and value != ""


def _flag(value):
    return type(value) is bool


def _real(value):
    return type(value) in (int, float) or value in ("NaN", "Infinity", "-Infinity")


# Message: field -> what a value must be, a message's name, or [either] for a repeated field.
MESSAGES = {
    "TracesData": {"resourceSpans": ["ResourceSpans"]},
    "ResourceSpans": {"resource": "Resource", "scopeSpans": ["ScopeSpans"], "schemaUrl": _text},
    "Resource": {"attributes": ["KeyValue"], "droppedAttributesCount": _number(1 << 32)},
    "ScopeSpans": {"scope": "InstrumentationScope", "spans": ["Span"], "schemaUrl": _text},
    "InstrumentationScope": {"name": _text, "version": _text, "attributes": ["KeyValue"], "droppedAttributesCount": _number(1 << 32)},
    "Span": {"traceId": _id(32), "spanId": _id(16), "parentSpanId": _id(16), "traceState": _text, "flags": _number(1 << 32), "name": _name,
             "kind": _number(6), "startTimeUnixNano": _decimal(UINT64), "endTimeUnixNano": _decimal(UINT64), "attributes": ["KeyValue"],
             "droppedAttributesCount": _number(1 << 32), "events": ["Event"], "droppedEventsCount": _number(1 << 32), "links": ["Link"],
             "droppedLinksCount": _number(1 << 32), "status": "Status"},
    "Event": {"timeUnixNano": _decimal(UINT64), "name": _name, "attributes": ["KeyValue"], "droppedAttributesCount": _number(1 << 32)},
    "Link": {"traceId": _id(32), "spanId": _id(16), "traceState": _text, "attributes": ["KeyValue"], "droppedAttributesCount": _number(1 << 32),
             "flags": _number(1 << 32)},
    "Status": {"message": _text, "code": _number(3)},
    "KeyValue": {"key": _name, "value": "AnyValue"},
    "AnyValue": {"stringValue": _text, "boolValue": _flag, "intValue": _decimal(INT64), "doubleValue": _real, "arrayValue": "ArrayValue",
                 "kvlistValue": "KeyValueList", "bytesValue": _text},
    "ArrayValue": {"values": ["AnyValue"]},
    "KeyValueList": {"values": ["KeyValue"]},
}
REQUIRED = {"Span": ("traceId", "spanId", "name", "startTimeUnixNano", "endTimeUnixNano"), "KeyValue": ("key", "value"), "Event": ("name",)}


def _pairs(pairs):
    if len({key for key, _ in pairs}) != len(pairs):
        raise ValueError(f"a key twice in {[key for key, _ in pairs]}")
    return dict(pairs)


def _message(kind, value, where, wrong):
    if not isinstance(value, dict):
        wrong.append(f"{where}: no object")
        return
    for key, item in value.items():
        rule = MESSAGES[kind].get(key)
        if rule is None:
            wrong.append(f"{where}.{key}: {kind} has no such field")
        elif isinstance(rule, list):
            if not isinstance(item, list):
                wrong.append(f"{where}.{key}: no array")
                continue
            for i, one in enumerate(item):
                _message(rule[0], one, f"{where}.{key}[{i}]", wrong)
        elif isinstance(rule, str):
            _message(rule, item, f"{where}.{key}", wrong)
        elif not rule(item):
            wrong.append(f"{where}.{key}: {item!r}")
    wrong += [f"{where}: {kind} without {key}" for key in REQUIRED.get(kind, ()) if key not in value]
    if kind == "AnyValue" and len(value) > 1:
        wrong.append(f"{where}: more than one value")
    keys = [a.get("key") for a in value.get("attributes", []) if isinstance(a, dict)]
    if len(set(keys)) != len(keys):
        wrong.append(f"{where}: an attribute twice")
    if kind == "Span" and not wrong and int(value["startTimeUnixNano"]) > int(value["endTimeUnixNano"]):
        wrong.append(f"{where}: ends before it begins")


def mistakes(text):
    """What is wrong with a text (bytes), as sentences; [] when it is what the protocol asks for."""
    wrong = []
    try:
        top = json.loads(text.decode("utf-8"), object_pairs_hook=_pairs)
    except ValueError as e:
        return [str(e)]
    _message("TracesData", top, "", wrong)
    return wrong
