"""Every event that hemgang logs: its name, its level and its sentence, with the names of fields in braces."""

import logging
from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType

_INFO, _WARNING, _ERROR = logging.INFO, logging.WARNING, logging.ERROR


class Event(StrEnum):
    """What can be said in a log; anything else is not said."""

    DISCHARGE_SET_ASIDE = "discharge_set_aside"
    DISCHARGES_SET_ASIDE = "discharges_set_aside"
    MESSAGE_FAILING = "message_failing"
    JOURNAL_FAILED = "journal_failed"
    STATE_FAILED = "state_failed"
    SENDING_HELD = "sending_held"
    TROUBLE = "trouble"
    DRAFT_FAILED = "draft_failed"
    FILE_NOT_READ = "file_not_read"
    RULES_LOADED = "rules_loaded"
    RULES_KEPT = "rules_kept"
    HEARTBEAT_FAILED = "heartbeat_failed"
    FILE_TAKEN = "file_taken"
    FILE_REFUSED = "file_refused"
    ENGINE_STARTED = "engine_started"
    ENGINE_STOPPING = "engine_stopping"
    ENGINE_STOPPED = "engine_stopped"
    RUN_FAILED = "run_failed"
    STANDING_IN = "standing_in"
    METRICS_SERVED = "metrics_served"
    METRICS_OFF_LOOPBACK = "metrics_off_loopback"
    METRICS_UNREADABLE = "metrics_unreadable"
    UNEXPECTED = "unexpected"


SAID: Mapping[Event, tuple[int, str]] = MappingProxyType(
    {
        Event.DISCHARGE_SET_ASIDE: (_ERROR, "discharge {reference} set aside for an hour: {error}"),
        Event.DISCHARGES_SET_ASIDE: (_WARNING, "{count} discharges set aside for an hour"),
        Event.MESSAGE_FAILING: (_ERROR, "message {bundle}: its last channel fails: {reason}"),
        Event.JOURNAL_FAILED: (_ERROR, "the journal of the delivered could not be written: {error}"),
        Event.STATE_FAILED: (_ERROR, "what this machine has seen of the database cannot be read or kept: {error}"),
        Event.SENDING_HELD: (_ERROR, "sending is held: {reason}"),
        Event.TROUBLE: (_ERROR, "the engine is in trouble: {reason}"),
        Event.DRAFT_FAILED: (_ERROR, "the draft of {month} for county {region} could not be made: {error}"),
        Event.FILE_NOT_READ: (_WARNING, "file {file} in the inbox is not read: {reason}"),
        Event.RULES_LOADED: (_INFO, "the changed file of the {reason} was loaded"),
        Event.RULES_KEPT: (_ERROR, "the file of the {reason} cannot be used any more: the last good one stays"),
        Event.HEARTBEAT_FAILED: (_WARNING, "a watcher outside did not answer: {error}"),
        Event.FILE_TAKEN: (_INFO, "file {file}: {accepted} messages accepted, {quarantined} quarantined"),
        Event.FILE_REFUSED: (_WARNING, "file {file} refused: {reason}"),
        Event.ENGINE_STARTED: (_INFO, "the engine runs"),
        Event.ENGINE_STOPPING: (_INFO, "the engine was asked to end, and finishes what is under way"),
        Event.ENGINE_STOPPED: (_INFO, "the engine ends"),
        Event.RUN_FAILED: (_ERROR, "a run failed: {error}"),
        Event.STANDING_IN: (_WARNING, "no run of {loop} looks for work, is Prefect away? the engine looks itself"),
        Event.METRICS_SERVED: (_INFO, "metrics are served on port {port}"),
        Event.METRICS_OFF_LOOPBACK: (_WARNING, "metrics on port {port} can be read from other machines"),
        Event.METRICS_UNREADABLE: (_ERROR, "the figures for the metrics cannot be read: {error}"),
        Event.UNEXPECTED: (_ERROR, "not expected: {error}"),
    }
)
"""The level and the sentence of each."""
