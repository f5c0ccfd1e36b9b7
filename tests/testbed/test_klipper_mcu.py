"""The testbed's micro-controller keeps Klipper's protocol, whatever comes over the line."""

import json
import zlib

from hypothesis import given, settings
from hypothesis import strategies as st

from testbed.klipper_mcu import (
    CLOCK_HZ,
    COMMAND_IDS,
    RESPONSE_IDS,
    Microcontroller,
    block,
    crc16,
    decode_number,
    encode_number,
)

EMPTY = 5
"""Bytes of a block without content: an acknowledgement."""
COMMANDS = {text.split()[0]: number for text, number in COMMAND_IDS.items()}
RESPONSES = {number: text.split()[0] for text, number in RESPONSE_IDS.items()}


def command(name: str, *values: int) -> bytes:
    return bytes([COMMANDS[name]]) + b"".join(map(encode_number, values))


def contents(answer: bytes) -> list[bytes]:
    """Of each block; acknowledgements are empty."""
    found = []
    while answer:
        whole, answer = answer[: answer[0]], answer[answer[0] :]
        assert whole[-1] == 0x7E
        assert whole[-3:-1] == crc16(whole[:-3])
        found.append(whole[2:-3])
    return found


def said(answer: bytes) -> list[str]:
    return [RESPONSES[content[0]] for content in contents(answer) if content]


@given(st.integers(-(2**31), 2**32 - 1), st.binary(max_size=3), st.binary(max_size=3))
def test_a_number_comes_back(value: int, before: bytes, after: bytes) -> None:
    data = before + encode_number(value) + after
    assert decode_number(data, len(before)) == (value & 0xFFFFFFFF, len(data) - len(after))


def test_small_numbers_take_one_byte() -> None:
    """The bounds that the document gives for each length."""
    for length, least, most in ((1, -32, 95), (2, -4096, 12287), (3, -524288, 1572863), (4, -67108864, 201326591)):
        assert [len(encode_number(value)) for value in (least, most)] == [length, length]
        assert [len(encode_number(value)) for value in (least - 1, most + 1)] == [length + 1, length + 1]


def test_the_host_learns_the_dictionary_piece_by_piece() -> None:
    controller, data, sequence = Microcontroller(), b"", 0
    while True:
        (content, acknowledged) = contents(controller.receive(block(sequence, command("identify", len(data), 40))))
        assert acknowledged == b""
        offset, at = decode_number(content, 1)
        assert offset == len(data)
        piece = content[at + 1 :]
        assert content[at] == len(piece)
        if not piece:
            break
        data, sequence = data + piece, (sequence + 1) & 0x0F
    told = json.loads(zlib.decompress(data))
    assert told["commands"] == COMMAND_IDS
    assert told["responses"] == RESPONSE_IDS
    assert told["config"]["CLOCK_FREQ"] == CLOCK_HZ


@settings(deadline=None)
@given(st.binary(max_size=200).filter(lambda noise: noise[-1:] == b"\x7e" or not noise))
def test_after_noise_the_next_block_is_heard(noise: bytes) -> None:
    controller = Microcontroller()
    controller.receive(noise)
    # At most one block's length of noise is still taken for the beginning of a block.
    answers = [said(controller.receive(block(0, command("get_clock")))) for _ in range(20)]
    assert ["clock"] in answers


def test_a_block_out_of_turn_is_not_obeyed() -> None:
    controller = Microcontroller()
    missed = controller.receive(block(3, command("emergency_stop")))
    assert contents(missed) == [b""]
    assert missed[1] & 0x0F == 0  # The sequence number that it waits for.
    assert said(controller.receive(block(0, command("get_config")))) == ["config"]
    assert contents(controller.receive(block(0, command("emergency_stop")))) == [b""]
    assert said(controller.receive(block(1, command("emergency_stop")))) == ["shutdown"]


def test_several_commands_in_one_block_and_one_block_in_several_pieces() -> None:
    controller = Microcontroller()
    whole = block(0, command("get_clock") + command("get_uptime"))
    assert [controller.receive(bytes([byte])) for byte in whole[:-1]] == [b""] * (len(whole) - 1)
    assert said(controller.receive(whole[-1:])) == ["clock", "uptime"]


def test_a_heater_that_is_on_is_reported_warmer() -> None:
    controller = Microcontroller()
    setup = [
        command("config_analog_in", 0, 2),
        command("query_analog_in", 0, 0, 1, 8, CLOCK_HZ // 10, 0, 0xFFFF, 4),
        command("config_digital_out", 1, 0, 0, 0, 0),
        command("set_digital_out_pwm_cycle", 1, 1000),
        command("queue_digital_out", 1, 0, 1000),
    ]
    for sequence, content in enumerate(setup):
        assert len(controller.receive(block(sequence, content))) == EMPTY
    values = []
    for tenth in range(1, 6):
        (content,) = contents(controller.pass_time(tenth * CLOCK_HZ // 10))
        at = 1
        for _ in ("oid", "next_clock", "value"):
            value, at = decode_number(content, at)
        values.append(value)
    assert values == sorted(set(values))
