package sluice.quartz;

import java.time.Duration;
import java.time.Instant;
import java.util.UUID;
import org.quartz.JobDataMap;
import org.quartz.JobExecutionContext;
import org.quartz.JobKey;
import org.quartz.SchedulerException;
import org.quartz.Trigger;
import org.quartz.Trigger.CompletedExecutionInstruction;
import org.quartz.TriggerKey;
import org.quartz.listeners.TriggerListenerSupport;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Asks before each fire, and vetoes what may not start.
 *
 * <p>To Quartz a vetoed fire has fired: nothing catches it up. So whatever is vetoed here and may start later is kept
 * first, by Sluice as a hold and in the job store as a record. Never throws: Quartz would leave the trigger stuck.
 */
final class GateListener extends TriggerListenerSupport {
    /** How soon a hold is asked for again whose answer was lost. */
    static final Duration RETRY = Duration.ofSeconds(5);

    private static final Logger LOG = LoggerFactory.getLogger(GateListener.class);
    private final String name;
    private final String scheduler;
    private final Settings settings;
    private final GateClient client;
    private final Records records;
    private final Counts counts;
    private final EndReports ends;
    /** Holds that the gate would not take a question for. */
    private final Told refused = new Told();
    /** Whether the last that was heard of Sluice is that it answers. */
    volatile boolean isReachable = true;

    GateListener(
        String name, String scheduler, Settings settings, GateClient client, Records records, Counts counts,
        EndReports ends
    ) {
        this.name = name;
        this.scheduler = scheduler;
        this.settings = settings;
        this.client = client;
        this.records = records;
        this.counts = counts;
        this.ends = ends;
    }

    @Override
    public String getName() {
        return "sluice-gate-" + name;
    }

    @Override
    public boolean vetoJobExecution(Trigger trigger, JobExecutionContext context) {
        TriggerKey key = trigger.getKey();
        boolean isRecord = Records.isRecord(key) && !context.isRecovering();
        // What fired as a record was gated, and its record may be gone with what it was the record of.
        boolean wasRecord = context.isRecovering() && Records.isRecord(context.getRecoveringTriggerKey());
        if (!isRecord && !wasRecord && !settings.isGated(origin(trigger, context))) return false;
        long began = System.nanoTime();
        try {
            if (context.getRefireCount() > 0) return vetoesRefire(trigger, context, isRecord);
            if (!isRecord) return vetoes(trigger, context);
            if (Records.isHold(key)) return vetoesHold(trigger, context);
            if (key.getName().startsWith(Records.UNASKED)) return vetoesUnasked(trigger, context);
            return true;
        } catch (SchedulerException | RuntimeException failure) {
            // The gate's answer is in force, but the job store could not keep it.
            LOG.error("Sluice: fire of {} vetoed: its record could not be kept in the job store", key, failure);
            return true;
        } finally {
            counts.took(System.nanoTime() - began);
        }
    }

    // MARK: A fire of the schedule's own

    private boolean vetoes(Trigger trigger, JobExecutionContext context) throws SchedulerException {
        if (context.isRecovering()) ends.note(context.getRecoveringTriggerKey(), EndReports.CUT_OFF);
        return vetoes(trigger, context, question(trigger, context));
    }

    /**
     * A job that failed and asks to run again at once: a launch of its own, since the gate may have closed meanwhile.
     * What becomes of it, the run before it has ended with an error.
     */
    private boolean vetoesRefire(
        Trigger trigger, JobExecutionContext context, boolean isRecord
    ) throws SchedulerException {
        Question question = isRecord ? recorded(trigger, context) : question(trigger, context);
        boolean isVetoed = true;
        try {
            isVetoed = vetoes(trigger, context, question.withKey(question.key + "~" + context.getRefireCount()));
            return isVetoed;
        } finally {
            if (isVetoed && Records.isHold(trigger.getKey())) ends.note(trigger.getKey(), EndReports.ERROR);
            if (isVetoed && isRecord && !Records.isHold(trigger.getKey())) records.forget(trigger.getKey());
        }
    }

    private boolean vetoes(
        Trigger trigger, JobExecutionContext context, Question question
    ) throws SchedulerException {
        Decision decision = ask(question);
        switch (decision.word) {
            case PROCEED:
                return Marks.admitted(context, question, decision);
            case HOLD:
                records.keepHold(decision.ticket, question, ownData(trigger, context), trigger.getPriority());
                LOG.info("Sluice: fire of {} at {} held: {} ({})", trigger.getKey(), question.nominalTime,
                    decision.reason, decision.ticket);
                return true;
            case REJECT:
                return isRejected(question, decision);
            default:
                return fallBack(trigger, context, question, decision);
        }
    }

    /** The trigger that fired, or that whose job was interrupted by a crash and runs again; of a record, its own. */
    private static TriggerKey origin(Trigger trigger, JobExecutionContext context) {
        if (!context.isRecovering()) return trigger.getKey();
        TriggerKey key = context.getRecoveringTriggerKey();
        JobDataMap data = trigger.getJobDataMap();
        return Records.isRecord(key) && data.containsKey(Records.SCHEDULE) ? Records.origin(data) : key;
    }

    private Question question(Trigger trigger, JobExecutionContext context) {
        Instant nominal = context.getScheduledFireTime() == null
            ? Instant.now() : context.getScheduledFireTime().toInstant();
        JobKey job = context.getJobDetail().getKey();
        TriggerKey key = origin(trigger, context);
        // What runs again is a launch of its own: the first has begun.
        String suffix = context.isRecovering() ? "!" + trigger.getKey().getName() : "";
        String schedule = Names.schedule(scheduler, key);
        String launch = Names.bounded(Names.launch(schedule, nominal) + suffix);
        String flow = settings.flow(job, context.getMergedJobDataMap());
        return new Question(flow, schedule, nominal, launch, job, key, settings.requestedBy);
    }

    private static JobDataMap ownData(Trigger trigger, JobExecutionContext context) {
        JobDataMap data = new JobDataMap(trigger.getJobDataMap());
        if (context.isRecovering() || Records.isRecord(trigger.getKey())) {
            data.remove(Records.ENDED);
            data.remove(Records.TICKET);
            data.remove(Records.ASK_ID);
            data.remove(Records.TAKEN);
        }
        return data;
    }

    private boolean fallBack(
        Trigger trigger, JobExecutionContext context, Question question, Decision decision
    ) throws SchedulerException {
        TriggerKey key = question.trigger;
        if (decision.word == Decision.Word.NONE && settings.failsOpen(key)) {
            counts.fallbackOpen.incrementAndGet();
            Marks.unasked(context, question);
            LOG.warn("Sluice: no decision for {} at {} ({}): it runs unasked (failMode open)", key,
                question.nominalTime, decision.reason);
            try {
                if (!records.keepFallback(question.withKey(decision.key), Instant.now())) {
                    LOG.error("Sluice: {} at {} ran unasked and will not be reported: {} others wait for that", key,
                        question.nominalTime, Records.FALLBACK_COUNT_MAX);
                }
            } catch (SchedulerException failure) {
                LOG.error("Sluice: {} at {} ran unasked and will not be reported: the job store failed", key,
                    question.nominalTime, failure);
            }
            return false;
        }
        counts.fallbackClosed.incrementAndGet();
        records.keepUnasked(
            question, ownData(trigger, context), trigger.getPriority(), settings.askAgainSeconds);
        LOG.warn("Sluice: no decision for {} at {} ({}): vetoed, and asked for again later", key,
            question.nominalTime, decision.reason);
        return true;
    }

    // MARK: A fire of a record

    private boolean vetoesHold(Trigger record, JobExecutionContext context) throws SchedulerException {
        JobDataMap data = record.getJobDataMap();
        Question question = recorded(record, context);
        question.ticket = record.getKey().getName();
        String askId = data.getString(Records.ASK_ID);
        question.askId = askId == null ? "quartz-" + UUID.randomUUID() : askId;
        Decision decision = ask(question);
        if (decision.word != Decision.Word.REFUSED) refused.forget(question.ticket);
        switch (decision.word) {
            case PROCEED:
                return Marks.admitted(context, question, decision);
            case HOLD:
                return true;
            case REJECT:
                // Of a duplicate another fire may run: its end is noted in the record, which goes when it is over.
                boolean isTaken = "duplicate".equals(decision.reason);
                if (!isTaken) records.forget(record.getKey());
                if (isTaken && askId == null) return true;
                LOG.warn("Sluice: hold {} of {} at {} is not started: {}", question.ticket, question.trigger,
                    question.nominalTime, decision.reason);
                return true;
            case NONE:
                // It may have been let through: the same asker asks again.
                records.fire(record, Instant.now().plus(RETRY), question.askId);
                LOG.warn("Sluice: hold {} of {} is asked for again: {}", question.ticket, question.trigger,
                    decision.reason);
                return true;
            default:
                if (refused.isNew(question.ticket)) {
                    LOG.error("Sluice: hold {} of {} waits: {}", question.ticket, question.trigger, decision.reason);
                }
                return true;
        }
    }

    private boolean vetoesUnasked(Trigger record, JobExecutionContext context) throws SchedulerException {
        JobDataMap data = record.getJobDataMap();
        if (data.containsKey(Records.TAKEN)) return true;
        Question question = recorded(record, context);
        if (question.nominalTime.plus(Duration.ofMinutes(settings.askLateMinutes)).isBefore(Instant.now())) {
            records.forget(record.getKey());
            LOG.error("Sluice: {} at {} is given up: for {} minutes (askLateMinutes) no gate decided",
                question.trigger, question.nominalTime, settings.askLateMinutes);
            return true;
        }
        // A fire that comes so late that the next may come while it asks leaves it to that.
        Instant asked = Instant.now().plusMillis(settings.timeoutMillis);
        boolean isLate = record.getNextFireTime() != null && record.getNextFireTime().toInstant().isBefore(asked);
        if (!isReachable || isLate) return true;
        question.isNeverStarted = true;
        Decision decision = ask(question);
        switch (decision.word) {
            case PROCEED:
                records.take(record);
                return Marks.admitted(context, question, decision);
            case HOLD:
                records.keepHold(decision.ticket, question, new JobDataMap(data), record.getPriority());
                records.forget(record.getKey());
                return true;
            case REJECT:
                records.forget(record.getKey());
                return isRejected(question, decision);
            default:
                return true;
        }
    }

    private Question recorded(Trigger record, JobExecutionContext context) {
        JobDataMap data = record.getJobDataMap();
        return new Question(
            data.getString(Records.FLOW), data.getString(Records.SCHEDULE),
            Instant.parse(data.getString(Records.NOMINAL)), data.getString(Records.KEY),
            context.getJobDetail().getKey(), Records.origin(data), settings.requestedBy);
    }

    // MARK: Both

    private Decision ask(Question question) {
        Decision decision = client.ask(question);
        counts.decided(decision);
        isReachable = decision.word != Decision.Word.NONE;
        return decision;
    }

    private static boolean isRejected(Question question, Decision decision) {
        LOG.warn("Sluice: fire of {} at {} rejected: {}; nothing is kept", question.trigger, question.nominalTime,
            decision.reason);
        return true;
    }

    /** The record of an unasked launch that has run is over; that of a hold waits for its report. */
    @Override
    public void triggerComplete(
        Trigger trigger, JobExecutionContext context, CompletedExecutionInstruction instruction
    ) {
        boolean isOver = instruction != CompletedExecutionInstruction.RE_EXECUTE_JOB;
        if (!isOver || !Records.isRecord(trigger.getKey()) || Records.isHold(trigger.getKey())) return;
        try {
            records.forget(trigger.getKey());
        } catch (SchedulerException | RuntimeException failure) {
            LOG.warn("Sluice: the record {} could not be deleted; it is tried again later", trigger.getKey(), failure);
        }
    }
}
