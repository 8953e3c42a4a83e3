package sluice.quartz;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Date;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import org.quartz.JobBuilder;
import org.quartz.JobDataMap;
import org.quartz.JobDetail;
import org.quartz.JobKey;
import org.quartz.ObjectAlreadyExistsException;
import org.quartz.Scheduler;
import org.quartz.SchedulerException;
import org.quartz.SimpleScheduleBuilder;
import org.quartz.Trigger;
import org.quartz.TriggerBuilder;
import org.quartz.TriggerKey;
import org.quartz.impl.matchers.GroupMatcher;

/**
 * What the plugin must not forget, kept as triggers of the group {@code sluice} in the scheduler's own job store: as
 * durable as the jobs are, and shared by the schedulers of a cluster.
 *
 * <p>A hold is a trigger named by its ticket, for the job it is a launch of, with the data of the trigger that fired.
 * It rests, its next fire far away, until its release. It also keeps a job that is not durable from being deleted.
 */
final class Records {
    /** The group of every record. */
    static final String GROUP = "sluice";
    /** Names of launches that could not be asked for begin so. */
    static final String UNASKED = "u_";
    /** Names of launches that ran unasked begin so. */
    static final String FALLBACK = "f_";
    /** Most launches that ran unasked and are kept for the report; more are only logged. */
    static final int FALLBACK_COUNT_MAX = 1000;
    /** A record that rests fires again after so many days: never, as far as anybody is concerned. */
    private static final long REST_DAYS = 3650;
    /** A record whose next fire is farther away than this rests. */
    private static final Duration REST_LEAST = Duration.ofDays(365);

    /** So long after its fire a record is not deleted by other schedulers than the one that runs its job. */
    static final Duration RUN_MOST = Duration.ofDays(1);

    static final String TICKET = "sluiceTicket";
    static final String FLOW = "sluiceFlowId";
    static final String SCHEDULE = "sluiceScheduleId";
    static final String NOMINAL = "sluiceNominalTime";
    static final String KEY = "sluiceKey";
    static final String ASK_ID = "sluiceAskId";
    static final String TAKEN = "sluiceTaken";
    static final String STARTED = "sluiceStartedAt";
    /** How the run of a released hold ended, in Sluice's word; kept until it is reported. */
    static final String ENDED = "sluiceEnded";
    private static final String TRIGGER_GROUP = "sluiceTriggerGroup";
    private static final String TRIGGER_NAME = "sluiceTriggerName";

    private static final JobKey NOTE_JOB = new JobKey("notes", GROUP);
    private final Scheduler scheduler;

    Records(Scheduler scheduler) {
        this.scheduler = scheduler;
    }

    static boolean isRecord(TriggerKey key) {
        return GROUP.equals(key.getGroup());
    }

    static boolean isHold(TriggerKey key) {
        return isRecord(key) && GateClient.isTicket(key.getName());
    }

    /** The trigger that a record stands for. */
    static TriggerKey origin(JobDataMap data) {
        return new TriggerKey(data.getString(TRIGGER_NAME), data.getString(TRIGGER_GROUP));
    }

    /** Keeps a hold; does nothing when it is kept already. */
    void keepHold(String ticket, Question question, JobDataMap data, int priority) throws SchedulerException {
        JobDataMap own = data(question, data);
        own.put(TICKET, ticket);
        add(resting(new TriggerKey(ticket, GROUP), question.job, own, priority));
    }

    /** Keeps a launch that could not be asked for; it asks again by itself, every so many seconds. */
    void keepUnasked(Question question, JobDataMap data, int priority, int seconds) throws SchedulerException {
        TriggerKey key = new TriggerKey(UNASKED + UUID.randomUUID(), GROUP);
        add(TriggerBuilder.newTrigger().withIdentity(key).forJob(question.job).usingJobData(data(question, data))
            .withPriority(priority)
            .startAt(Date.from(Instant.now().plusSeconds(seconds)))
            .withSchedule(SimpleScheduleBuilder.repeatSecondlyForever(seconds)
                .withMisfireHandlingInstructionNextWithRemainingCount())
            .build());
    }

    /** Keeps for the report that a launch ran unasked; false when there are too many of these. */
    boolean keepFallback(Question question, Instant startedAt) throws SchedulerException {
        if (keys(FALLBACK).size() >= FALLBACK_COUNT_MAX) return false;
        JobDetail job = JobBuilder.newJob(NoteJob.class).withIdentity(NOTE_JOB).storeDurably()
            .withDescription("Keeps what the Sluice plugin has to report; does nothing").build();
        if (!scheduler.checkExists(NOTE_JOB)) scheduler.addJob(job, true);
        JobDataMap own = data(question, new JobDataMap());
        own.put(STARTED, startedAt.toString());
        add(resting(new TriggerKey(FALLBACK + UUID.randomUUID(), GROUP), NOTE_JOB, own, Trigger.DEFAULT_PRIORITY));
        return true;
    }

    private static JobDataMap data(Question question, JobDataMap data) {
        JobDataMap own = new JobDataMap(data);
        own.put(FLOW, question.flow);
        own.put(SCHEDULE, question.scheduleId);
        own.put(NOMINAL, question.nominalTime.toString());
        own.put(KEY, question.key);
        own.put(TRIGGER_GROUP, question.trigger.getGroup());
        own.put(TRIGGER_NAME, question.trigger.getName());
        return own;
    }

    private void add(Trigger trigger) throws SchedulerException {
        try {
            scheduler.scheduleJob(trigger);
        } catch (ObjectAlreadyExistsException known) {
            // Another scheduler of the cluster was first.
        }
    }

    private static Trigger resting(TriggerKey key, JobKey job, JobDataMap data, int priority) {
        return at(Instant.now().plus(Duration.ofDays(REST_DAYS)), key, job, data, priority);
    }

    private static Trigger at(Instant time, TriggerKey key, JobKey job, JobDataMap data, int priority) {
        // Repeats, so that it is not gone once it has fired: it is deleted when the launch is over. Whatever the time
        // of a fire was missed by, it fires.
        return TriggerBuilder.newTrigger().withIdentity(key).forJob(job).usingJobData(data).withPriority(priority)
            .startAt(Date.from(time))
            .withSchedule(SimpleScheduleBuilder.simpleSchedule().repeatForever()
                .withIntervalInMilliseconds(Duration.ofDays(REST_DAYS).toMillis())
                .withMisfireHandlingInstructionIgnoreMisfires())
            .build();
    }

    /** Whether a record waits for its release, and not for a fire that is near. */
    static boolean rests(Trigger trigger) {
        return trigger.getNextFireTime() == null
            || trigger.getNextFireTime().toInstant().isAfter(Instant.now().plus(REST_LEAST));
    }

    /** Whether a record has fired since then, or its job is over. The time is that at which the fire was due. */
    static boolean hasFiredSince(Trigger record, Instant time) {
        return record.getJobDataMap().containsKey(ENDED)
            || record.getPreviousFireTime() != null && record.getPreviousFireTime().toInstant().isAfter(time);
    }

    /** Lets a record fire at a time, with the id it asks with; null: another for each fire. */
    void fire(Trigger record, Instant time, String askId) throws SchedulerException {
        JobDataMap data = new JobDataMap(record.getJobDataMap());
        if (askId == null) {
            data.remove(ASK_ID);
        } else {
            data.put(ASK_ID, askId);
        }
        scheduler.rescheduleJob(record.getKey(),
            at(time, record.getKey(), record.getJobKey(), data, record.getPriority()));
    }

    /** Marks a launch that could not be asked for as let through: it asks no more. */
    void take(Trigger record) throws SchedulerException {
        JobDataMap data = new JobDataMap(record.getJobDataMap());
        data.put(TAKEN, Instant.now().toString());
        scheduler.rescheduleJob(record.getKey(),
            resting(record.getKey(), record.getJobKey(), data, record.getPriority()));
    }

    /** Marks a hold as run, with the result that is to be reported; whether its record was there. */
    boolean end(TriggerKey key, String result) throws SchedulerException {
        Trigger record = scheduler.getTrigger(key);
        if (record == null) return false;
        JobDataMap data = new JobDataMap(record.getJobDataMap());
        data.put(ENDED, result);
        scheduler.rescheduleJob(key, resting(key, record.getJobKey(), data, record.getPriority()));
        return true;
    }

    /** Whether a launch that was let through may still run on another scheduler of the cluster. */
    static boolean mayRun(Trigger record) {
        String taken = record.getJobDataMap().getString(TAKEN);
        Instant since = taken != null ? Instant.parse(taken)
            : record.getPreviousFireTime() == null ? Instant.EPOCH : record.getPreviousFireTime().toInstant();
        return since.plus(RUN_MOST).isAfter(Instant.now());
    }

    void forget(TriggerKey key) throws SchedulerException {
        scheduler.unscheduleJob(key);
    }

    /** Names that begin so, in order: of holds, by arrival. */
    List<TriggerKey> keys(String prefix) throws SchedulerException {
        Set<TriggerKey> found = new TreeSet<>(scheduler.getTriggerKeys(GroupMatcher.triggerGroupEquals(GROUP)));
        List<TriggerKey> keys = new ArrayList<>();
        for (TriggerKey key : found) if (key.getName().startsWith(prefix)) keys.add(key);
        return keys;
    }
}
