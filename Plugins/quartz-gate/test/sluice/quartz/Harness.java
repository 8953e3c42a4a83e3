package sluice.quartz;

import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.util.Date;
import org.quartz.JobBuilder;
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
                case "every": // every NAME MILLISECONDS FIRES [job]
                    every(scheduler, words[1], Long.parseLong(words[2]), Integer.parseInt(words[3]));
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
                case "records":
                    System.out.println(new Records(scheduler).keys("").size());
                    break;
                case "next": // whether the trigger is well: its state and whether it has a next fire
                    TriggerKey key = new TriggerKey(words[1], "tests");
                    Trigger trigger = scheduler.getTrigger(key);
                    System.out.println(trigger == null ? "gone" : scheduler.getTriggerState(key).toString());
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
        scheduler.shutdown(true);
    }

    private static JobBuilder job(String name) {
        return JobBuilder.newJob(TickJob.class).withIdentity(name, "tests").usingJobData("colour", "of-the-job");
    }

    private static void every(Scheduler scheduler, String name, long interval, int fires) throws Exception {
        JobDetail job = job(name).build();
        if (scheduler.checkExists(job.getKey())) return;
        scheduler.scheduleJob(job, TriggerBuilder.newTrigger().withIdentity(name, "tests")
            .usingJobData("colour", "blue").startAt(new Date())
            .withSchedule(SimpleScheduleBuilder.simpleSchedule().withIntervalInMilliseconds(interval)
                .withRepeatCount(fires - 1).withMisfireHandlingInstructionIgnoreMisfires())
            .build());
    }
}
