"""A micro-controller for Klipper that exists only as a program: it speaks Klipper's MCU protocol on a pseudo terminal.

Written from Klipper's documents "Protocol" (message blocks, variable length quantities, data dictionary, message flow)
and "MCU commands" (what configures, queries and queues). It knows heaters and their sensors, so that temperatures rise,
and takes steps without turning anything. Run it as `python -m testbed.klipper_mcu LINK`; LINK then names the terminal.
"""

import json
import os
import select
import sys
import time
import tty
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

CLOCK_HZ = 16_000_000
SYNC = 0x7E
SEQUENCE_BITS, DESTINATION = 0x0F, 0x10
SHORTEST_BLOCK, LONGEST_BLOCK = 5, 64
ADC_MAX = 4095
ADC_FULL_SCALE_C = 500.0
"""A sensor at the full scale of the converter."""
ROOM_C = 21.0
HEATING_C_PER_S, COOLING_PER_S = 80.0, 0.05
TICK_SECONDS = 0.05

PINS = {"nozzle_heater": 0, "bed_heater": 1, "nozzle_sensor": 2, "bed_sensor": 3, "step": 4, "direction": 5, "fan": 6}
HEATER_OF_SENSOR = {PINS["nozzle_sensor"]: PINS["nozzle_heater"], PINS["bed_sensor"]: PINS["bed_heater"]}
STOPPED = {"Command request": 0}

COMMANDS = (
    "identify offset=%u count=%c",
    "get_uptime",
    "get_clock",
    "get_config",
    "allocate_oids count=%c",
    "finalize_config crc=%u",
    "emergency_stop",
    "reset",
    "config_digital_out oid=%c pin=%u value=%c default_value=%c max_duration=%u",
    "set_digital_out_pwm_cycle oid=%c cycle_ticks=%u",
    "queue_digital_out oid=%c clock=%u on_ticks=%u",
    "config_analog_in oid=%c pin=%u",
    (
        "query_analog_in oid=%c clock=%u sample_ticks=%u sample_count=%c rest_ticks=%u"
        " min_value=%hu max_value=%hu range_check_count=%c"
    ),
    "config_stepper oid=%c step_pin=%c dir_pin=%c invert_step=%c step_pulse_ticks=%u",
    "queue_step oid=%c interval=%u count=%hu add=%hi",
    "set_next_step_dir oid=%c dir=%c",
    "reset_step_clock oid=%c clock=%u",
    "stepper_get_position oid=%c",
)
RESPONSES = (
    "identify_response offset=%u data=%.*s",
    "uptime high=%u clock=%u",
    "clock clock=%u",
    "config is_config=%c crc=%u is_shutdown=%c move_count=%hu",
    "analog_in_state oid=%c next_clock=%u value=%hu",
    "stepper_position oid=%c pos=%i",
    "shutdown clock=%u static_string_id=%hu",
)
# The protocol fixes the numbers of these two; all others are told in the data dictionary.
FIXED = {"identify_response": 0, "identify": 1}


def _numbered(formats: tuple[str, ...], first: int) -> dict[str, int]:
    return {text: FIXED.get(text.split()[0], first + place) for place, text in enumerate(formats)}


COMMAND_IDS, RESPONSE_IDS = _numbered(COMMANDS, 2), _numbered(RESPONSES, 40)
COMMAND_OF_ID = {number: text for text, number in COMMAND_IDS.items()}
RESPONSE_ID_OF_NAME = {text.split()[0]: number for text, number in RESPONSE_IDS.items()}


def dictionary() -> bytes:
    """The data dictionary by which the host learns what this micro-controller understands."""
    return zlib.compress(
        json.dumps(
            {
                "version": "testbed-1",
                "build_versions": "",
                "commands": COMMAND_IDS,
                "responses": RESPONSE_IDS,
                "enumerations": {"pin": PINS, "static_string_id": STOPPED},
                "config": {"MCU": "testbed", "CLOCK_FREQ": CLOCK_HZ, "ADC_MAX": ADC_MAX, "STATS_SUMSQ_BASE": 256},
            }
        ).encode()
    )


def crc16(data: bytes) -> bytes:
    """CRC-16 CCITT as message blocks carry it, high byte first."""
    crc = 0xFFFF
    for byte in data:
        low = (byte ^ crc) & 0xFF
        low ^= (low << 4) & 0xFF
        crc = ((low << 8) | (crc >> 8)) ^ (low >> 4) ^ (low << 3)
    return (crc & 0xFFFF).to_bytes(2, "big")


def encode_number(value: int) -> bytes:
    """A variable length quantity: seven bits a byte, the highest first; from -32 to 95 in one byte."""
    out = [value & 0x7F]
    # Each further byte is needed while what is left does not fit into a signed head of the bits before it.
    for shift, least, most in (
        (7, -0x20, 0x60),
        (14, -0x1000, 0x3000),
        (21, -0x80000, 0x180000),
        (28, -(1 << 26), 3 << 26),
    ):
        if least <= value < most:
            break
        out.append((value >> shift) & 0x7F | 0x80)
    return bytes(reversed(out))


def decode_number(data: bytes, at: int) -> tuple[int, int]:
    """The number at this place (as unsigned 32 bits), and the place after it."""
    byte = data[at]
    value = byte & 0x7F
    if byte & 0x60 == 0x60:
        value -= 0x80
    while byte & 0x80:
        at += 1
        byte = data[at]
        value = (value << 7) | (byte & 0x7F)
    return value & 0xFFFFFFFF, at + 1


def block(sequence: int, content: bytes) -> bytes:
    head = bytes([len(content) + SHORTEST_BLOCK, DESTINATION | sequence & SEQUENCE_BITS]) + content
    return head + crc16(head) + bytes([SYNC])


@dataclass
class Sensor:
    pin: int
    sample_count: int = 0
    rest_ticks: int = 0
    next_report: int = 0
    """Clock; nothing is reported while rest_ticks is 0."""


@dataclass
class Setup:
    """What the host has told since the last reset."""

    crc: int | None = None
    """Of the configuration; None: not configured."""
    stopped: bool = False
    sensors: dict[int, Sensor] = field(default_factory=dict)
    outputs: dict[int, int] = field(default_factory=dict)
    """oid → pin"""
    cycle: dict[int, int] = field(default_factory=dict)
    """oid → ticks of one cycle of its software PWM"""
    power: dict[int, float] = field(default_factory=dict)
    """Heater's pin → 0 to 1."""


class Microcontroller:
    """Bytes in, bytes out."""

    def __init__(self) -> None:
        self._clock = 0
        """Ticks of 1/CLOCK_HZ s since it was switched on."""
        self._next = 0
        """The sequence number that the host's next block must bear."""
        self._buffer = b""
        self._out = bytearray()
        self._setup = Setup()
        self._celsius: dict[int, float] = {}
        """Of what each heater's pin heats."""

    def receive(self, data: bytes) -> bytes:
        """Take what came over the line; what to answer."""
        self._buffer += data
        for sequence, content in self._blocks():
            if sequence == self._next:
                self._next = (self._next + 1) & SEQUENCE_BITS
                self._obey(content)
            self._out += block(self._next, b"")  # Acknowledges, or says which block is missed.
        return self._taken()

    def pass_time(self, clock: int) -> bytes:
        """Let the heaters heat until then; the reports of sensors that are due."""
        seconds, self._clock = (clock - self._clock) / CLOCK_HZ, clock
        for heater in HEATER_OF_SENSOR.values():
            now = self._celsius.get(heater, ROOM_C)
            gain = self._setup.power.get(heater, 0.0) * HEATING_C_PER_S - (now - ROOM_C) * COOLING_PER_S
            self._celsius[heater] = now + gain * seconds
        for oid, sensor in self._setup.sensors.items():
            if sensor.rest_ticks and clock >= sensor.next_report:
                sensor.next_report = clock + sensor.rest_ticks
                celsius = self._celsius.get(HEATER_OF_SENSOR[sensor.pin], ROOM_C)
                value = int(celsius / ADC_FULL_SCALE_C * ADC_MAX * sensor.sample_count)
                self._say("analog_in_state", oid, sensor.next_report & 0xFFFFFFFF, value)
        return self._taken()

    def _taken(self) -> bytes:
        out = bytes(self._out)
        self._out.clear()
        return out

    def _blocks(self) -> Iterator[tuple[int, bytes]]:
        """Every whole block that has come; what is none is skipped up to the next sync byte."""
        while len(self._buffer) >= SHORTEST_BLOCK:
            length, sequence = self._buffer[0], self._buffer[1]
            sound = SHORTEST_BLOCK <= length <= LONGEST_BLOCK and sequence & ~SEQUENCE_BITS == DESTINATION
            if sound and len(self._buffer) < length:
                return
            whole = self._buffer[:length]
            if sound and whole[-1] == SYNC and whole[-3:-1] == crc16(whole[:-3]):
                self._buffer = self._buffer[length:]
                yield sequence & SEQUENCE_BITS, whole[2:-3]
            else:
                self._buffer = self._buffer.partition(bytes([SYNC]))[2]

    def _obey(self, content: bytes) -> None:
        at = 0
        while at < len(content):
            text = COMMAND_OF_ID[content[at]]
            at += 1
            values = []
            for _ in text.split()[1:]:
                value, at = decode_number(content, at)
                values.append(value)
            self._do(text.split()[0], values)

    def _do(self, name: str, values: list[int]) -> None:
        match name, values:
            case "identify", [offset, count]:
                self._say("identify_response", offset, dictionary()[offset : offset + count])
            case "get_uptime", _:
                self._say("uptime", self._clock >> 32, self._clock & 0xFFFFFFFF)
            case "get_clock", _:
                self._say("clock", self._clock & 0xFFFFFFFF)
            case "get_config", _:
                self._say("config", self._setup.crc is not None, self._setup.crc or 0, self._setup.stopped, 1024)
            case "finalize_config", [crc]:
                self._setup.crc = crc
            case "emergency_stop", _:
                self._setup.stopped = True
                self._setup.power.clear()
                self._say("shutdown", self._clock & 0xFFFFFFFF, STOPPED["Command request"])
            case "reset", _:
                self._setup = Setup()
            case "stepper_get_position", [oid]:
                self._say("stepper_position", oid, 0)
            case _:
                self._drive(name, values)

    def _drive(self, name: str, values: list[int]) -> None:
        """What has to do with pins. Anything else (steps, say) is taken without effect."""
        match name, values:
            case "config_digital_out", [oid, pin, *_]:
                self._setup.outputs[oid] = pin
            case "set_digital_out_pwm_cycle", [oid, ticks]:
                self._setup.cycle[oid] = ticks
            case "queue_digital_out", [oid, _, ticks]:
                self._setup.power[self._setup.outputs[oid]] = min(1.0, ticks / self._setup.cycle.get(oid, 1))
            case "config_analog_in", [oid, pin]:
                self._setup.sensors[oid] = Sensor(pin)
            case "query_analog_in", [oid, _, _, samples, rest_ticks, *_]:
                self._setup.sensors[oid] = Sensor(self._setup.sensors[oid].pin, samples, rest_ticks)

    def _say(self, name: str, *values: int | bytes) -> None:
        content = bytes([RESPONSE_ID_OF_NAME[name]])
        for value in values:
            content += bytes([len(value)]) + value if isinstance(value, bytes) else encode_number(int(value))
        self._out += block(self._next, content)


def serve(link: Path) -> None:
    """Be a micro-controller on a pseudo terminal that `link` names, until terminated."""
    line, terminal = os.openpty()
    tty.setraw(terminal)  # Kept open: a host that goes away must not end the line.
    link.unlink(missing_ok=True)
    link.symlink_to(os.ttyname(terminal))
    controller, began = Microcontroller(), time.monotonic()
    while True:
        came = select.select([line], [], [], TICK_SECONDS)[0]
        # The clock first: what came is answered with the time at which it came.
        out = controller.pass_time(int((time.monotonic() - began) * CLOCK_HZ))
        if came:
            out += controller.receive(os.read(line, 4096))
        os.write(line, out)


if __name__ == "__main__":
    serve(Path(sys.argv[1]))
