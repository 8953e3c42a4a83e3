package sluice.quartz;

import java.io.IOException;
import java.time.Instant;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.quartz.JobDataMap;
import org.quartz.JobExecutionContext;
import org.quartz.JobKey;
import org.quartz.Scheduler;
import org.quartz.SchedulerException;
import org.quartz.Trigger;
import org.quartz.Trigger.TriggerState;
import org.quartz.TriggerKey;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Looks again and again what Sluice has released, and lets the records of these holds fire; each then asks for itself,
 * so that two schedulers that see the same release start it once. Reports what ran unasked, and forgets what is over.
 */
final class ReleasePoller implements Runnable {
    /** Holds on one page of Sluice's list. */
    static final int PAGE_SIZE = 200;
    /** Most pages read at a time; the next poll goes on behind them. */
    static final int PAGES_MAX = 50;
    /** Largest page read, in bytes. */
    static final int PAGE_BYTES_MAX = 4 << 20;
    /** Records that are let fire at a time: no further page is read after so many. */
    static final int FIRES_MAX = 200;
    /** Most records whose hold is looked at, or that are reported, at a time. */
    static final int LOOKS_MAX = 50;
    /** Most holds without record that are remembered at a time. */
    static final int STRAYS_MAX = 10_000;

    private static final Logger LOG = LoggerFactory.getLogger(ReleasePoller.class);
    private final Scheduler scheduler;
    private final String prefix;
    private final Settings settings;
    private final GateClient client;
    private final Records records;
    private final GateListener listener;
    private final Counts counts;
    private final EndReports ends;
    /** Released holds that have no record here, with when they were first seen. */
    private final Map<String, Long> strays = new LinkedHashMap<>();
    /** Those of the pages read since the first. */
    private final Set<String> seen = new HashSet<>();
    /** Released holds whose job is gone. */
    private final Told jobless = new Told();
    /** Where the next page begins; null: at the first hold. */
    private String cursor;
    private int pageSize = PAGE_SIZE;
    private String trouble = "";
    private String lookedAt = "";

    ReleasePoller(
        Scheduler scheduler, String name, Settings settings, GateClient client, Records records,
        GateListener listener, Counts counts, EndReports ends
    ) {
        this.scheduler = scheduler;
        this.prefix = Names.prefix(name);
        this.settings = settings;
        this.client = client;
        this.records = records;
        this.listener = listener;
        this.counts = counts;
        this.ends = ends;
    }

    @Override
    public void run() {
        try {
            if (!scheduler.isStarted() || scheduler.isShutdown()) return;
            // What cannot be reported yet does not keep what is released.
            IOException unsaid = null;
            try {
                ends.report();
            } catch (IOException failure) {
                unsaid = failure;
            }
            if (scheduler.isInStandbyMode()) return;
            boolean isReported = false;
            try {
                isReported = unsaid == null && report();
            } catch (IOException failure) {
                unsaid = failure;
            }
            release(isReported);
            tidy();
            if (unsaid != null) {
                say(unsaid.getMessage());
                return;
            }
            if (!trouble.isEmpty()) LOG.info("Sluice: reached again");
            trouble = "";
        } catch (IOException failure) {
            listener.isReachable = false;
            say(failure.getMessage());
        } catch (SchedulerException | RuntimeException | Json.Malformed failure) {
            say(failure.toString());
        } catch (InterruptedException stopped) {
            Thread.currentThread().interrupt();
        }
    }

    /** The same trouble is told once. */
    private void say(String problem) {
        String text = String.valueOf(problem);
        if (!text.equals(trouble)) LOG.warn("Sluice: what it should be told or asked waits: {}", text);
        trouble = text;
    }

    private GateClient.Reply get(String target) throws IOException, InterruptedException {
        return client.call("GET", target, null, settings.timeoutMillis, PAGE_BYTES_MAX);
    }

    // MARK: What ran unasked

    /** Whether nothing is left to report. */
    private boolean report() throws SchedulerException, IOException, InterruptedException {
        List<TriggerKey> keys = records.keys(Records.FALLBACK);
        for (TriggerKey key : keys.subList(0, Math.min(keys.size(), LOOKS_MAX))) {
            Trigger record = scheduler.getTrigger(key);
            if (record == null) continue;
            JobDataMap data = record.getJobDataMap();
            Map<String, Object> body = new LinkedHashMap<>();
            body.put("flow", data.getString(Records.FLOW));
            body.put("source", "scheduler");
            body.put("scheduleId", data.getString(Records.SCHEDULE));
            body.put("nominalTime", data.getString(Records.NOMINAL));
            body.put("idempotencyKey", data.getString(Records.KEY));
            body.put("startedAt", data.getString(Records.STARTED));
            body.put("requestedBy", settings.requestedBy);
            // 404: a Sluice of before there were such reports.
            boolean isTaken = client.report(data.getString(Records.KEY) + " ran unasked", "/v1/launches/fallback",
                body, 404, settings.timeoutMillis);
            if (isTaken) counts.fallbackReported.incrementAndGet();
            records.forget(key);
        }
        return keys.size() <= LOOKS_MAX;
    }

    // MARK: What is released

    private void release(boolean mayAdopt)
        throws SchedulerException, IOException, InterruptedException, Json.Malformed {
        int fires = 0;
        for (int page = 0; page < PAGES_MAX && fires < FIRES_MAX; page++) {
            Map<String, Object> body = page();
            listener.isReachable = true;
            Object holds = body.get("holds");
            if (!(holds instanceof List)) throw new Json.Malformed("a list of holds without holds");
            for (Object hold : (List<?>) holds) {
                if (!(hold instanceof Map) || !isOurs((Map<?, ?>) hold)) continue;
                String ticket = (String) ((Map<?, ?>) hold).get("ticket");
                if (release(ticket, (Map<?, ?>) hold, mayAdopt)) fires++;
            }
            Object next = body.get("next");
            boolean isLast = !(next instanceof String) || !((String) next).matches("[0-9]{1,19}");
            cursor = isLast ? null : (String) next;
            if (isLast) {
                strays.keySet().retainAll(seen);
                jobless.retain(seen);
                seen.clear();
                return;
            }
        }
    }

    /** The page at the cursor, of fewer holds while these are large. */
    private Map<String, Object> page() throws IOException, InterruptedException, Json.Malformed {
        while (true) {
            try {
                GateClient.Reply reply = get("/v1/holds?source=scheduler&state=released&limit=" + pageSize
                    + (cursor == null ? "" : "&cursor=" + cursor));
                if (reply.status != 200) {
                    cursor = null;
                    throw new IOException("the list of holds was answered with status " + reply.status);
                }
                if (reply.text.length() < PAGE_BYTES_MAX / 4) pageSize = Math.min(pageSize * 2, PAGE_SIZE);
                return Json.readObject(reply.text);
            } catch (GateClient.TooLarge large) {
                if (pageSize == 1) throw large;
                pageSize /= 2;
            }
        }
    }

    private boolean isOurs(Map<?, ?> hold) {
        Object schedule = hold.get("scheduleId");
        return GateClient.isTicket(hold.get("ticket")) && "caller".equals(hold.get("launcher"))
            && schedule instanceof String && ((String) schedule).startsWith(prefix);
    }

    /** Whether its record was let fire. */
    private boolean release(String ticket, Map<?, ?> hold, boolean mayAdopt) throws SchedulerException {
        TriggerKey key = new TriggerKey(ticket, Records.GROUP);
        Trigger record = scheduler.getTrigger(key);
        if (record == null) {
            if (mayAdopt) adopt(ticket, hold);
            if (strays.containsKey(ticket)) seen.add(ticket);
            return false;
        }
        strays.remove(ticket);
        // The page is of a while ago: by now this record may have fired, and its job may run or be over.
        boolean hasFired = Records.hasFiredSince(record, Instant.now().minusMillis(settings.timeoutMillis + 1000));
        if (!Records.rests(record) || hasFired) return false;
        // What a person paused stays paused, its held launches too.
        boolean isPaused = scheduler.getTriggerState(key) == TriggerState.PAUSED
            || scheduler.getTriggerState(Records.origin(record.getJobDataMap())) == TriggerState.PAUSED;
        if (isPaused) return false;
        records.fire(record, Instant.now(), null);
        counts.released.incrementAndGet();
        return true;
    }

    /**
     * Makes a record of a hold that has none: the scheduler was stopped between the gate's answer and the record, or
     * its job store forgets. Not at once: the fire that asked for it may still wait for the answer.
     */
    private void adopt(String ticket, Map<?, ?> hold) throws SchedulerException {
        long now = System.nanoTime();
        Long since = strays.get(ticket);
        if (since == null) {
            if (strays.size() < STRAYS_MAX) strays.put(ticket, now);
            return;
        }
        if (now - since < TimeUnit.MILLISECONDS.toNanos(settings.timeoutMillis + 1000)) return;
        Object inputs = hold.get("inputs");
        Map<?, ?> keys = inputs instanceof Map ? (Map<?, ?>) inputs : new HashMap<>();
        Object time = hold.get("nominalTime");
        for (String name : new String[] {
            "quartzJobGroup", "quartzJobName", "quartzTriggerGroup", "quartzTriggerName"
        }) {
            if (!(keys.get(name) instanceof String) || !(time instanceof String)) return;
        }
        JobKey job = new JobKey((String) keys.get("quartzJobName"), (String) keys.get("quartzJobGroup"));
        TriggerKey origin =
            new TriggerKey((String) keys.get("quartzTriggerName"), (String) keys.get("quartzTriggerGroup"));
        if (!scheduler.checkExists(job)) {
            if (jobless.isNew(ticket)) {
                LOG.warn("Sluice: hold {} is released, but its job {} is no longer there; discard the hold", ticket,
                    job);
            }
            return;
        }
        Trigger trigger = scheduler.getTrigger(origin);
        boolean isSame = trigger != null && job.equals(trigger.getJobKey());
        Question question = new Question(
            String.valueOf(hold.get("flow")), String.valueOf(hold.get("scheduleId")), Instant.parse((String) time),
            String.valueOf(hold.get("idempotencyKey")), job, origin, settings.requestedBy);
        records.keepHold(ticket, question, isSame ? trigger.getJobDataMap() : new JobDataMap(),
            isSame ? trigger.getPriority() : Trigger.DEFAULT_PRIORITY);
        LOG.info("Sluice: hold {} of {} had no record here; it has one now", ticket, origin);
    }

    // MARK: What is over

    /** Looks at some records in turn, and forgets those whose launch is over: discarded, expired, coalesced, ended. */
    private void tidy() throws SchedulerException, IOException, InterruptedException, Json.Malformed {
        Set<TriggerKey> running = new HashSet<>();
        for (JobExecutionContext context : scheduler.getCurrentlyExecutingJobs()) {
            running.add(context.getTrigger().getKey());
        }
        List<TriggerKey> keys = records.keys("");
        int looks = 0;
        for (TriggerKey key : keys) {
            if (key.getName().compareTo(lookedAt) <= 0 || running.contains(key)) continue;
            if (++looks > LOOKS_MAX) return;
            lookedAt = key.getName();
            Trigger record = scheduler.getTrigger(key);
            if (record == null || !Records.rests(record)) continue;
            if (record.getJobDataMap().containsKey(Records.ENDED)) {
                // Left by a scheduler that was stopped, or by a queue that was full.
                ends.report(record);
            } else if (record.getJobDataMap().containsKey(Records.TAKEN)) {
                if (!Records.mayRun(record)) records.forget(key);
            } else if (Records.isHold(key)) {
                GateClient.Reply reply = get("/v1/holds/" + key.getName());
                Object state = reply.status == 200 ? Json.readObject(reply.text).get("state") : null;
                if (reply.status == 404 || isOver(state) || "ended".equals(state) && !Records.mayRun(record)) {
                    records.forget(key);
                }
            }
        }
        lookedAt = "";
    }

    private static boolean isOver(Object state) {
        return "coalesced".equals(state) || "superseded".equals(state) || "expired".equals(state)
            || "discarded".equals(state);
    }
}
