import SluiceContent
import SluiceForecast
import SluiceModel
import Testing

/// What of a crontab is shown: no secret, whatever stands where.
@Suite struct CrontabSecretTests {
    private func read(_ text: String, as dialect: ScheduleDialect? = nil) -> ScheduleFile {
        ScheduleReader().read(
            bytes: Array(text.utf8), file: "tab", now: CrontabTests.now, defaultZone: .utc, as: dialect)
    }

    /// In a table of the system that lacks the column, the command's first word stands where the user is.
    @Test(arguments: [
        "PGPASSWORD=hunter2 pg_dump db", "-phunter2 db", "/opt/hunter2/run x", "'hunter2 x' y", "a:hunter2 x",
        "hunter2! x",
        "x\(String(repeating: "hunter2", count: 5)) y", "2hunter2 x",
    ])
    func showsNoSecretInTheUsersColumn(rest: String) {
        let schedule = read("0 5 * * * \(rest)\n", as: .systemCrontab)
        #expect(schedule.jobs.isEmpty && schedule.diagnostics.map(\.code) == ["crontab-command"])
        #expect(!ScheduleInspection([schedule]).json.contains("hunter2"), "\(schedule.diagnostics)")
    }

    @Test(arguments: ["root", "www-data", "_apt", "Debian-exim", "ops.night", "build01", "SVC_backup", "machine$"])
    func takesLoginNames(user: String) {
        let schedule = read("0 5 * * * \(user) run\n", as: .systemCrontab)
        #expect(schedule.jobs.map(\.key) == [ScheduleKey(group: user, name: "run")] && !schedule.hasErrors)
    }

    /// Without the column, and with a program's name that could be a user's: what follows is no program then.
    @Test func showsNoOptionAsAProgram() {
        let schedule = read("0 5 * * * mysql -phunter2 db\n", as: .systemCrontab)
        #expect(schedule.jobs.map(\.key) == [ScheduleKey(group: "mysql", name: "*** db")])
    }

    /// Each command with what is shown of it; the secrets are `hunter2`, `swordfish` and what is part of them.
    static let commands = [
        ("mysqldump --password=hunter2 db", "mysqldump --password=*** db"),
        ("run --token hunter2 x", "run --token *** x"), ("DB_PASSWORD=hunter2 run", "DB_PASSWORD=*** run"),
        ("curl -u me:hunter2 https://h/x", "curl -u *** https://h/***"),
        ("curl -ume:hunter2 u", "curl -u*** u"), ("curl --user=me:hunter2 u", "curl --user=*** u"),
        ("curl https://me:hunter2@h/x", "curl https://***@h/***"),
        ("curl https://u:p@h/?token=hunter2", "curl https://***@h/***"),
        ("curl https://u:pa@hunter2@h/", "curl https://***@h/"),
        ("curl https://u:a/hunter2@h:80/", "curl https://***@h:80/"),
        ("curl https://h?hunter2", "curl https://h?***"),
        ("curl https://hooks.h/T0/hunter2", "curl https://hooks.h/***"),
        ("curl -H 'Authorization: Bearer hunter2' u", "curl -H *** u"),
        ("curl -H Authorization: Bearer swordfish u", "curl -H *** *** *** u"),
        ("run Authorization: Bearer swordfish u", "run Authorization: *** *** u"),
        ("run --header Authorization: Basic swordfish u", "run --header *** *** *** u"),
        ("run --auth bearer swordfish u", "run --auth *** *** u"), ("run -H Bearer swordfish u", "run -H *** *** u"),
        ("run --token=Bearer swordfish u", "run --token=*** *** u"),
        ("run \"Authorization: Bearer\" swordfish u", "run *** *** u"),
        ("run password: Basic swordfish u", "run password: *** *** u"),
        ("curl -H \"Authorization:Bearer hunter2\" u", "curl -H *** u"),
        ("curl --header \"Authorization: ApiKey hunter2\" u", "curl --header *** u"),
        ("run password: hunter2", "run password: ***"), ("run password swordfish", "run password ***"),
        ("sshpass -p swordfish ssh h", "sshpass -p *** ssh h"), ("sshpass -pswordfish ssh h", "sshpass -p*** ssh h"),
        ("mysql -phunter2 db", "mysql -p*** db"), ("run --pass swordfish", "run --pass ***"),
        ("run --passphrase swordfish", "run --passphrase ***"), ("run --key swordfish", "run --key ***"),
        ("run --db-credential\tswordfish", "run --db-credential ***"),
        ("SSHPASS=swordfish sshpass -e ssh h", "SSHPASS=*** sshpass -e ssh h"),
        ("PGPASS=hunter2 X='two swordfish' psql", "PGPASS=*** X=*** psql"),
        ("run --password 'two swordfish' x", "run --password *** x"),
        ("run --password\t\tswordfish\tx", "run --password *** x"),
        ("run --password=\"two swordfish\"", "run --password=***"),
        ("echo swordfish | sudo -S run", "echo *** | sudo -S run"),
        ("run a%swordfish%b", "run a %***"), ("login me hunter2", "login me ***"), ("run sw0rdFish", "run ***"),
        ("sh -c 'run --token swordfish && x'", "sh -c 'run --token *** && x'"), ("run a:swordfish", "run ***"),
        ("run `cat hunter2`", "run *** ***"), ("redis-cli -a swordfish ping", "redis-cli -a *** ping"),
        ("java -Dpassword=swordfish -jar a.jar", "java -Dpassword=*** -jar a.jar"),
        ("tool -vpswordfish", "tool -vp***"), ("tool -vp swordfish", "tool -vp ***"),
        ("tool -vp /srv/x", "tool -vp /srv/x"),
        ("tool -zqpfish x", "tool -zqp*** x"), ("tool -zqpswordfish x", "tool -z*** x"), ("-pswordfish x", "*** x"),
        ("htpasswd -b f u swordfish", "htpasswd -b *** *** ***"),
        ("sudo /usr/bin/htpasswd -nb u swordfish", "sudo /usr/bin/htpasswd *** *** ***"),
        ("expect login swordfish && run x", "expect *** *** && run x"), ("chpasswd swordfish", "chpasswd ***"),
        ("'swordfish of' x", "*** x"), ("run >/tmp/x --key swordfish", "run > /tmp/x --key ***"),
    ]

    @Test(arguments: commands)
    func hidesSecretsOfCommands(command: String, name: String) {
        let schedule = read("0 0 * * * \(command)\n")
        #expect(schedule.jobs.map(\.key.name) == [name])
        let shown = ScheduleInspection([schedule]).json + ScheduleInspection([schedule]).text
        #expect(!shown.contains("hunter2") && !shown.contains("swordfish"))
    }

    @Test(arguments: [
        "run flow 17", "cd /opt/app-2 && ./run.sh backup --all >> /var/log/app.log 2>&1",
        "find /tmp -name *.log -mtime +7 -type f",
        "tar -xzf /srv/db1/dump.tar.gz", "find . -name x -path y -print -delete", "java -jar a.jar", "ls -la /tmp",
        "PATH=/usr/bin:/bin /usr/local/bin/report2 --mode=full daily",
        "mkdir -p /var/x; touch y",
        "[ -x /usr/sbin/x ] || exit 0",
    ])
    func showsWhatIsHarmless(command: String) {
        let names = read("0 0 * * * \(command)\n").jobs.map(\.key.name)
        #expect(names.map { $0.split(separator: " ").joined() } == [command.split(separator: " ").joined()])
    }

    /// A line that is no entry is often a setting or a command, whose secret is no business of an error's.
    @Test(arguments: [
        "X-PASS=hunter2 a b c d e", "--password=hunter2 a b c d e", "0 hunter2 * * * e", "hunter2/5 * * * * e",
        "1-hunter2 * * * * e", "@hunter2 x", "0 0 * * 5/hunter2 x",
    ])
    func showsNoSecretOfALineThatIsWrong(line: String) {
        let schedule = read(line + "\n")
        #expect(schedule.diagnostics.map(\.code) == ["crontab-time"])
        #expect(!ScheduleInspection([schedule]).json.contains("hunter2"), "\(schedule.diagnostics)")
    }
}
