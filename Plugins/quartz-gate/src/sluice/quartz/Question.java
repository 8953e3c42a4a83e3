package sluice.quartz;

import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import org.quartz.JobKey;
import org.quartz.TriggerKey;

/** One launch to ask for. */
final class Question {
    final String flow;
    final String scheduleId;
    final Instant nominalTime;
    /** One launch a key. */
    final String key;
    final JobKey job;
    final TriggerKey trigger;
    final String requestedBy;
    /** The hold to redeem; null: a launch that is asked for the first time. */
    String ticket;
    /** Who redeems it: the same on each repeat, another for each fire. */
    String askId;
    /** Whether an earlier question for it went without answer, and it is certain that it was not started. */
    boolean isNeverStarted;

    Question(
        String flow, String scheduleId, Instant nominalTime, String key, JobKey job, TriggerKey trigger,
        String requestedBy
    ) {
        this.flow = flow;
        this.scheduleId = scheduleId;
        this.nominalTime = nominalTime;
        this.key = key;
        this.job = job;
        this.trigger = trigger;
        this.requestedBy = requestedBy;
    }

    /** The same launch under another key. */
    Question withKey(String key) {
        return new Question(flow, scheduleId, nominalTime, key == null ? this.key : key, job, trigger, requestedBy);
    }

    /** The body of {@code POST /v1/launches}. */
    String body(String key) {
        Map<String, Object> body = new LinkedHashMap<>();
        body.put("flow", flow);
        body.put("source", "scheduler");
        body.put("launcher", "caller");
        body.put("scheduleId", scheduleId);
        body.put("nominalTime", nominalTime.toString());
        if (ticket == null) {
            body.put("idempotencyKey", key);
        } else {
            body.put("ticket", ticket);
            body.put("askId", askId);
        }
        // What finds the job again when the scheduler has lost its own record of the hold.
        Map<String, Object> inputs = new LinkedHashMap<>();
        inputs.put("quartzJobGroup", job.getGroup());
        inputs.put("quartzJobName", job.getName());
        inputs.put("quartzTriggerGroup", trigger.getGroup());
        inputs.put("quartzTriggerName", trigger.getName());
        body.put("inputs", inputs);
        body.put("requestedBy", requestedBy);
        body.put("reportsEnd", true);
        return Json.write(body);
    }
}
