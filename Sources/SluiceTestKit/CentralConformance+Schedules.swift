public import SluiceModel
import SluicePorts

extension CentralConformance {
    /// A schedule that a law asks for.
    public struct NewSchedule: Sendable {
        public var name: String
        public var triggerExpression = "*/3600000"
        /// Epoch milliseconds.
        public var startDate: Int64 = 1_900_000_000_000
        public var isEnabled = true
        public var inputs: [String: String] = [:]
        public var sensitiveInputs: [String: String] = [:]

        public init(_ name: String) { self.name = name }
    }

    func checkSchedules(_ world: World) async throws {
        let client = world.client
        switch self {
        case .listsSchedulesAsTheyAre:
            var wanted = NewSchedule("hourly")
            wanted.inputs = ["host": "db1"]
            let first = try await world.addSchedule(wanted)
            var cron = NewSchedule("nightly")
            cron.triggerExpression = "0 0 3 * * ?"
            cron.isEnabled = false
            let second = try await world.addSchedule(cron)
            let listed = try await client.schedules()
            try demand(Set(listed.map(\.id)) == [first, second] && listed.count == 2, "\(listed.map(\.id))")
            let hourly = try require(listed.first { $0.id == first }, "no \(first)")
            try demand(hourly.name == "hourly" && hourly.flow == world.flow && hourly.isEnabled, "\(hourly)")
            try demand(hourly.triggerExpression == "*/3600000", hourly.triggerExpression)
            try demand(hourly.intervalMilliseconds == 3_600_000, "\(hourly)")
            try demand(hourly.startDate == Timestamp(milliseconds: wanted.startDate), "\(hourly)")
            try demand(hourly.inputs == [LaunchInput(name: "host", value: .clear("db1"))], "\(hourly.inputs)")
            try demand(hourly.nextFireTime == hourly.startDate, "next \(String(describing: hourly.nextFireTime))")
            let nightly = try require(try await client.schedule(second), "no \(second)")
            try demand(!nightly.isEnabled && nightly.triggerExpression == "0 0 3 * * ?", "\(nightly)")
            try demand(nightly.nextFireTime == nil, "a disabled schedule is due")
        case .turnsAScheduleOffAndOn:
            let id = try await world.addSchedule(NewSchedule("one"))
            let before = try require(try await client.schedule(id), "no \(id)")
            for isEnabled in [false, false, true, true] {
                try await client.setEnabled(id, isEnabled)
                var read = try require(try await client.schedule(id), "no \(id)")
                try demand(read.isEnabled == isEnabled, "it is \(read.isEnabled)")
                try demand((read.nextFireTime == nil) == !isEnabled, "\(String(describing: read.nextFireTime))")
                read.isEnabled = before.isEnabled
                read.nextFireTime = before.nextFireTime
                read.record = before.record
                try demand(read == before, "something else changed: \(read)")
            }
        case .switchesOnlyWhatItIsTold:
            let first = try await world.addSchedule(NewSchedule("one"))
            let second = try await world.addSchedule(NewSchedule("two"))
            try await client.setEnabled(first, false)
            let other = try require(try await client.schedule(second), "no \(second)")
            try demand(other.isEnabled, "the other one is off")
        case .saysThatAScheduleIsMissing:
            let unknown = ScheduleID("999999999999")
            try demand(try await client.schedule(unknown) == nil, "an unknown id is known")
            do {
                try await client.setEnabled(unknown, false)
            } catch let error as CentralError {
                return try demand(error.code == .missing, "\(error)")
            }
            throw violation("no error")
        case .neverShowsSensitiveInputs:
            var wanted = NewSchedule("secret")
            wanted.sensitiveInputs = ["password": "hunter2"]
            let id = try await world.addSchedule(wanted)
            let read = try require(try await client.schedule(id), "no \(id)")
            try demand(read.sensitiveInputNames == ["password"], "\(read.sensitiveInputNames)")
            try demand(!read.record.exposed.contains("hunter2") && !"\(read)".contains("hunter2"), "it is shown")
            try demand(!read.inputs.contains { $0.name == "password" }, "\(read.inputs)")
        default: preconditionFailure("\(self) is no law about schedules")
        }
    }
}
