package sluice.quartz;

import java.util.HashSet;
import java.util.Set;

/** What the log was told already, so that it is told once. For any thread. */
final class Told {
    /** Most that is remembered; what comes then may be told again. */
    static final int COUNT_MAX = 10_000;

    private final Set<String> tickets = new HashSet<>();

    /** Whether it is new, and to be told. */
    synchronized boolean isNew(String ticket) {
        if (tickets.size() >= COUNT_MAX && !tickets.contains(ticket)) tickets.clear();
        return tickets.add(ticket);
    }

    /** What is over is told again when it returns. */
    synchronized void forget(String ticket) {
        tickets.remove(ticket);
    }

    synchronized void retain(Set<String> present) {
        tickets.retainAll(present);
    }
}
