"""Who reported what when, and how many; zero, not reported and unreadable are different.

One cube of counts per dataset, which every count by day, actor, area and type is a sum over; what
was sent and cannot be read; and how far a claim depends on it.
"""
