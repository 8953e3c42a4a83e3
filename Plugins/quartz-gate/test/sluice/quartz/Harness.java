package sluice.quartz;

import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.util.Date;
import org.quartz.JobBuilder;
import org.quartz.JobDataMap;
import org.quartz.JobDetail;
import org.quartz.Scheduler;
import org.quartz.SimpleScheduleBuilder;
import org.quartz.Trigger;
import org.quartz.TriggerBuilder;
import org.quartz.TriggerKey;
import org.quartz.impl.StdSchedulerFactory;

/**
 * A scheduler under test: {@code Harness quartz.properties}, then one command a line on stdin. Says {@code ok} after
 * each, and ends when stdin does.
 */
public final class Harness {
    private Harness() {}

    public static void main(String[] arguments) throws Exception {
        Scheduler scheduler = new StdSchedulerFactory(arguments[0]).getScheduler();
        System.out.println("ok");
        BufferedReader commands = new BufferedReader(new InputStreamReader(System.in, "UTF-8"));
        for (String line = commands.readLine(); line != null; line = commands.readLine()) {
            String[] words = line.split(" ");
            switch (words[0]) {
                case "start":
                    scheduler.start();
                    break;
                case "every": // every NAME MILLISECONDS FIRES [KEY=VALUE]... data of the trigger; see every()
                    every(scheduler, words);
                    break;
                case "job": // job NAME: durable, without trigger
                    scheduler.addJob(job(words[1]).storeDurably().build(), true);
                    break;
                case "run": // run NAME
                    scheduler.triggerJob(new org.quartz.JobKey(words[1], "tests"));
                    break;
                case "pause":
                    scheduler.pauseTrigger(new TriggerKey(words[1], "tests"));
                    break;
                case "resume":
                    scheduler.resumeTrigger(new TriggerKey(words[1], "tests"));
                    break;
                case "stop": // stop NAME: its trigger is deleted
                    scheduler.unscheduleJob(new TriggerKey(words[1], "tests"));
                    break;
                case "delete": // delete NAME: the job, and all its triggers
                    scheduler.deleteJob(new org.quartz.JobKey(words[1], "tests"));
                    break;
                case "forget": // as a job store that was set back does
                    for (TriggerKey record : new Records(scheduler).keys("")) scheduler.unscheduleJob(record);
                    break;
                case "records":
                    System.out.println(new Records(scheduler).keys("").size());
                    break;
                case "next": // whether the trigger is well: its state and whether it has a next fire
                    TriggerKey key = new TriggerKey(words[1], "tests");
                    Trigger trigger = scheduler.getTrigger(key);
                    System.out.println(trigger == null ? "gone" : scheduler.getTriggerState(key).toString());
                    break;
                case "end": // as an application ends it, waiting for its jobs
                    scheduler.shutdown(true);
                    break;
                case "longest":
                    System.out.println(java.lang.management.ManagementFactory.getPlatformMBeanServer().getAttribute(
                        new javax.management.ObjectName("sluice.quartz:type=Gate,name="
                            + javax.management.ObjectName.quote(scheduler.getSchedulerName())), "LongestMillis"));
                    break;
                default:
                    throw new IllegalArgumentException(line);
            }
            System.out.println("ok");
        }
        if (!scheduler.isShutdown()) scheduler.shutdown(true);
    }

    private static JobBuilder job(String name) {
        return JobBuilder.newJob(TickJob.class).withIdentity(name, "tests").usingJobData("colour", "of-the-job");
    }

    /** Of the data, {@code recovery} makes a job that requests it, {@code in} and {@code for} its span in ms. */
    private static void every(Scheduler scheduler, String[] words) throws Exception {
        String name = words[1];
        JobDataMap data = new JobDataMap();
        data.put("colour", "blue");
        for (int i = 4; i < words.length; i++) {
            data.put(words[i].substring(0, words[i].indexOf('=')), words[i].substring(words[i].indexOf('=') + 1));
        }
        JobDetail job = job(name).requestRecovery(data.containsKey("recovery")).build();
        if (scheduler.checkExists(job.getKey())) return;
        long start = System.currentTimeMillis() + (data.containsKey("in") ? Long.parseLong(data.getString("in")) : 0);
        scheduler.scheduleJob(job, TriggerBuilder.newTrigger().withIdentity(name, "tests")
            .usingJobData(data).startAt(new Date(start))
            .endAt(data.containsKey("for") ? new Date(start + Long.parseLong(data.getString("for"))) : null)
            .withSchedule(SimpleScheduleBuilder.simpleSchedule().withIntervalInMilliseconds(Long.parseLong(words[2]))
                .withRepeatCount(Integer.parseInt(words[3]) - 1).withMisfireHandlingInstructionIgnoreMisfires())
            .build());
    }
}
