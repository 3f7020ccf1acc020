"""The values inside a message: times, names, numbers, codes and words to pass on."""

from nlp.slots.fill import SlotFiller

__all__ = ["SlotFiller"]
