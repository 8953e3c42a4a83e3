package sluice.quartz;

import java.io.IOException;
import java.util.Map;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import org.quartz.JobExecutionContext;
import org.quartz.JobExecutionException;
import org.quartz.Scheduler;
import org.quartz.SchedulerException;
import org.quartz.Trigger;
import org.quartz.TriggerKey;
import org.quartz.listeners.JobListenerSupport;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Notes how released holds ended, and reports it. The note is kept in the record until the report was taken, so a crash
 * loses none; a queue tells the poller of it, and what did not fit into that is found by the poller's own look. The job
 * is over by then, and nobody waits for Sluice.
 */
final class EndReports extends JobListenerSupport {
    /** Most ends that wait in memory for their report. */
    static final int COUNT_MAX = 10_000;
    /** Most ends reported at a time. */
    static final int REPORTS_MAX = 500;

    static final String RESOLVED = "resolved";
    static final String ERROR = "error";
    /** The run was cut off by the end of its scheduler. */
    static final String CUT_OFF = "system-failure";

    private static final Logger LOG = LoggerFactory.getLogger(EndReports.class);
    private final String name;
    private final Scheduler scheduler;
    private final Settings settings;
    private final GateClient client;
    private final Records records;
    private final Counts counts;
    /** Those whose record says so, too. */
    private final BlockingQueue<End> waiting = new ArrayBlockingQueue<>(COUNT_MAX);

    private static final class End {
        final TriggerKey record;
        final String result;

        End(TriggerKey record, String result) {
            this.record = record;
            this.result = result;
        }
    }

    EndReports(
        String name, Scheduler scheduler, Settings settings, GateClient client, Records records, Counts counts
    ) {
        this.name = name;
        this.scheduler = scheduler;
        this.settings = settings;
        this.client = client;
        this.records = records;
        this.counts = counts;
    }

    // MARK: Noting

    @Override
    public String getName() {
        return "sluice-gate-" + name;
    }

    @Override
    public void jobWasExecuted(JobExecutionContext context, JobExecutionException failure) {
        // One that is to run again at once has not ended; should that be vetoed, the gate's listener says so.
        if (failure != null && failure.refireImmediately()) return;
        note(context.getTrigger().getKey(), failure == null ? RESOLVED : ERROR);
    }

    /** Notes how the run of a hold ended; nothing for other triggers, and when its record is gone. Never throws. */
    void note(TriggerKey record, String result) {
        if (!Records.isHold(record)) return;
        try {
            if (!records.end(record, result)) return;
        } catch (SchedulerException | RuntimeException failure) {
            LOG.warn("Sluice: that hold {} ended as {} could not be kept in the job store: it is lost if this ends now",
                record.getName(), result, failure);
        }
        waiting.offer(new End(record, result));
    }

    // MARK: Reporting

    /** Reports those that wait; an exception leaves the rest for the next time. */
    void report() throws SchedulerException, IOException, InterruptedException {
        for (int count = 0; count < REPORTS_MAX; count++) {
            End next = waiting.peek();
            if (next == null) return;
            report(next, settings.timeoutMillis);
            waiting.remove(next);
        }
    }

    /** Reports what a record says of the end of its hold, if it does. */
    void report(Trigger record) throws SchedulerException, IOException, InterruptedException {
        String result = record.getJobDataMap().getString(Records.ENDED);
        if (result != null) report(new End(record.getKey(), result), settings.timeoutMillis);
    }

    /** Reports how one ended, and forgets its record; more than once does no harm. */
    private void report(End end, long millis) throws SchedulerException, IOException, InterruptedException {
        String ticket = end.record.getName();
        boolean isTaken = client.report("hold " + ticket + " ended as " + end.result,
            "/v1/launches/" + ticket + "/ended", Map.of("result", end.result), 409, millis);
        if (isTaken) counts.endsReported.incrementAndGet();
        // A scheduler that is shut down forgets no more: its next start reports once more, and forgets.
        if (!scheduler.isShutdown()) records.forget(end.record);
    }

    /** At shutdown, within {@code timeoutMillis}; what is not reported then is reported after the next start. */
    void reportLast() {
        long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(settings.timeoutMillis);
        try {
            for (End next = waiting.poll(); next != null; next = waiting.poll()) {
                long left = TimeUnit.NANOSECONDS.toMillis(end - System.nanoTime());
                if (left <= 0) return;
                report(next, left);
            }
        } catch (SchedulerException | IOException | RuntimeException failure) {
            LOG.info("Sluice: the ends of some launches are reported after the next start: {}", failure.toString());
        } catch (InterruptedException stopped) {
            Thread.currentThread().interrupt();
        }
    }
}
