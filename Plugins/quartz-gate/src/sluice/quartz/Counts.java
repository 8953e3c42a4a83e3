package sluice.quartz;

import java.util.concurrent.atomic.AtomicLong;

/** What the plugin has done since it started. */
public final class Counts implements CountsMXBean {
    final AtomicLong proceeded = new AtomicLong();
    final AtomicLong held = new AtomicLong();
    final AtomicLong rejected = new AtomicLong();
    final AtomicLong undecided = new AtomicLong();
    final AtomicLong fallbackOpen = new AtomicLong();
    final AtomicLong fallbackClosed = new AtomicLong();
    final AtomicLong fallbackReported = new AtomicLong();
    final AtomicLong released = new AtomicLong();
    final AtomicLong endsReported = new AtomicLong();
    private final AtomicLong longestNanos = new AtomicLong();

    void decided(Decision decision) {
        switch (decision.word) {
            case PROCEED: proceeded.incrementAndGet(); break;
            case HOLD: held.incrementAndGet(); break;
            case REJECT: rejected.incrementAndGet(); break;
            default: undecided.incrementAndGet();
        }
    }

    void took(long nanos) {
        longestNanos.accumulateAndGet(nanos, Math::max);
    }

    @Override
    public long getProceeded() {
        return proceeded.get();
    }

    @Override
    public long getHeld() {
        return held.get();
    }

    @Override
    public long getRejected() {
        return rejected.get();
    }

    @Override
    public long getUndecided() {
        return undecided.get();
    }

    @Override
    public long getFallbackOpen() {
        return fallbackOpen.get();
    }

    @Override
    public long getFallbackClosed() {
        return fallbackClosed.get();
    }

    @Override
    public long getFallbackReported() {
        return fallbackReported.get();
    }

    @Override
    public long getReleased() {
        return released.get();
    }

    @Override
    public long getEndsReported() {
        return endsReported.get();
    }

    @Override
    public long getLongestMillis() {
        return longestNanos.get() / 1_000_000;
    }
}
