package sluice.quartz;

/** The counters over JMX: {@code sluice.quartz:type=Gate,name=SCHEDULER}. */
public interface CountsMXBean {
    /** Questions answered {@code proceed}. */
    long getProceeded();

    /** Questions answered {@code hold}. */
    long getHeld();

    /** Questions answered {@code reject}. */
    long getRejected();

    /** Questions without a decision. */
    long getUndecided();

    /** Fires that ran unasked. */
    long getFallbackOpen();

    /** Fires vetoed without a decision; they are asked for again. */
    long getFallbackClosed();

    /** Fires that ran unasked and were reported since. */
    long getFallbackReported();

    /** Holds whose release was seen. */
    long getReleased();

    /** Ends of released holds that were reported. */
    long getEndsReported();

    /** The longest that a fire was kept waiting, in milliseconds. */
    long getLongestMillis();
}
