import SluiceCentral
import SluiceConfig
import SluiceJSON
import SluiceModel
import SluicePorts

/// What the probes make in Central: found by its name, removed whatever happens, or named.
extension CentralExamination {
    static let leftOverQuestion = "did an earlier try leave something?"
    static let scratchQuestion = "is what the probes made gone again?"
    static let endedQuestion = "what is a change of an ended execution answered?"
    static let runningQuestion = "what is a change of a running execution answered?"

    /// Nobody else makes schedules of that name, so they are removed, if anything may be written.
    mutating func lookAtLeftOvers() async throws {
        let left = try await listed().filter { $0.name.hasPrefix(Doctor.scratchName) }
        for (id, name) in left {
            if scratch != nil {
                try await remove(id, name, after: nil)
            } else {
                findings.append(
                    DoctorFinding(
                        "oo.leftOver", Self.leftOverQuestion, .problem,
                        "the schedule \(id) (\"\(name)\") is there: --write-probes removes it, or delete it in "
                            + "Central"))
            }
        }
        if left.isEmpty { findings.append(DoctorFinding("oo.leftOver", Self.leftOverQuestion, .fine, "no schedule")) }
    }

    // MARK: Schedules

    /// Only its answer tells the id.
    /// - Parameter end: When it ends by itself; nil: after its occurrences.
    func create(
        _ name: String, _ flow: FlowID, expression: String, start: Timestamp, end: Timestamp?, occurrences: Int
    ) async throws -> ScheduleID {
        try Task.checkCancellation()
        let body: JSONObject = [
            "flowScheduleName": .string(name), "flowUuid": .string(flow.text),
            "triggerExpression": .string(expression), "startDate": .int(start.milliseconds),
            "endDate": end.map { .int($0.milliseconds) } ?? .null, "timeZone": "UTC",
            "numOfOccurrences": .int(occurrences), "enabled": true, "inputs": [:], "sensitiveInputs": [:],
            "inputPromptUseBlank": true, "runLogLevel": "STANDARD", "misfireInstruction": .null,
        ]
        let bytes = body.bytes()
        let answer: CentralProbeAnswer
        do {
            let copy = self
            answer = try await toTheEnd { try await copy.ask("POST", "\(copy.root)/schedules", body: bytes) }
        } catch let error as CentralError where error.code != .unauthorized {
            throw CentralError(error.code, "\(error.message); look whether the schedule \"\(name)\" is there")
        }
        guard (200..<300).contains(answer.status), let id = Self.id(of: answer, member: "id"),
            let id = ScheduleID(checking: id)
        else {
            throw CentralError(
                .status,
                "the scratch schedule \"\(name)\" was answered \(answer.status), without an id; look whether it is "
                    + "there")
        }
        tell("the scratch schedule \(id) (\"\(name)\") is made in Central, and removed in a while")
        return id
    }

    /// Also for whoever was told to stop. A refused account is not tried again, so then it is only named.
    mutating func remove(_ id: ScheduleID, _ name: String, after trouble: (any Error)?) async throws {
        func add(_ verdict: DoctorFinding.Verdict, _ text: String) {
            findings.append(DoctorFinding("oo.scratch", Self.scratchQuestion, verdict, text))
        }
        let what = "the scratch schedule \(id) (\"\(name)\")"
        if let refusal = trouble as? CentralError, refusal.code == .unauthorized {
            return add(.problem, "\(what) stays, as our account is refused: delete it in Central")
        }
        let copy = self
        let end = await Result.of { try await toTheEnd { try await copy.removal(of: id) } }
        switch end {
        case .success(let removal) where !removal.isThere:
            add(.fine, "\(what) is removed; DELETE was answered \(removal.answer)")
        case .success(let removal):
            add(
                .problem,
                "\(what) stays, as DELETE was answered \(removal.answer); it is "
                    + (removal.isDisabled ? "disabled" : "perhaps still enabled") + ": delete it in Central")
        case .failure(let error):
            let why = (error as? CentralError)?.message ?? "\(error)"
            add(.problem, "\(what) may stay, as \(why): look, and delete it in Central")
            guard let error = error as? CentralError else { return }
            if error.code == .unreachable { isUnreachable = true }
            if error.code == .unauthorized { throw error }
        }
    }

    private func removal(of id: ScheduleID) async throws -> (answer: String, isThere: Bool, isDisabled: Bool) {
        let answer: String
        do {
            answer = "\(try await ask("DELETE", "\(root)/schedules/\(id.text)").status)"
        } catch let error as CentralError where error.code != .unauthorized {
            answer = "not at all (\(error.message))"
        }
        guard try await listed().contains(where: { $0.id == id }) else { return (answer, false, true) }
        do {
            _ = try await turn(id, on: false)
            return (answer, true, true)
        } catch {
            return (answer, true, false)
        }
    }

    /// - Returns: The status that tells it is done.
    func turn(_ id: ScheduleID, on isOn: Bool) async throws -> Int {
        let body = Array("\(isOn)".utf8)
        var answer = try await ask("PUT", "/latest/schedules/\(id.text)/enabled", body: body)
        if answer.status == 404, root != "/latest" {
            answer = try await ask("PUT", "\(root)/schedules/\(id.text)/enabled", body: body)
        }
        if answer.status == 403, answer.csrfToken != nil {
            try await client.setEnabled(id, isOn)
        } else if !(200..<300).contains(answer.status) {
            throw CentralError(.status, "the switch of the scratch schedule \(id) was answered \(answer.status)")
        }
        return answer.status
    }

    /// Everybody's, where Central shows them.
    private func listed() async throws -> [(id: ScheduleID, name: String)] {
        var answer = try await ask("GET", "/latest/all-schedules")
        if answer.status != 200 { answer = try await ask("GET", "\(root)/schedules") }
        guard answer.status == 200, let list = (try? JSONReader.read(answer.body))?.array else {
            throw CentralError(.status, "the schedules were answered \(answer.status), not with a list")
        }
        return list.compactMap { row in
            ScheduleID(checking: row["id"]?.string ?? row["id"]?.number?.text ?? "")
                .map { ($0, row["flowScheduleName"]?.string ?? "") }
        }
    }

    mutating func lookAtWrongSchedule() async throws {
        let (name, question) = ("oo.wrongSchedule", "what is the switch of an unknown schedule answered?")
        guard try await !listed().contains(where: { $0.id.text == "1" }) else {
            return findings.append(.untold(name, question, "there is a schedule 1"))
        }
        let answer = try await ask("PUT", "\(root)/schedules/1/enabled", body: Array("false".utf8))
        findings.append(DoctorFinding(name, question, answer.status == 404 ? .fine : .found, "\(answer.status)"))
    }

    // MARK: Executions

    /// Only of an execution that the probes made, and that has ended.
    mutating func lookAtActions(_ flow: FlowID) async throws {
        let (name, question) = ("oo.actions", Self.endedQuestion)
        let ended = try await client.executions(page: 1, pageSize: 50).first { $0.flow == flow && $0.result != nil }
        guard let ended else {
            return findings.append(.untold(name, question, "no execution of the probe's flow has ended"))
        }
        findings.append(DoctorFinding(name, question, .found, try await act(on: ended.id).joined(separator: ", ")))
    }

    /// Of one that is started for it, and cancelled in the end.
    mutating func lookAtRunningActions(_ scratch: Scratch, _ flow: FlowID) async throws {
        let (name, question) = ("oo.runningActions", Self.runningQuestion)
        let body: JSONObject = [
            "flowUuid": .string(flow.text), "uuid": .string(flow.text), "runName": .string(scratch.name), "inputs": [:],
        ]
        let (bytes, copy) = (body.bytes(), self)
        // What is paused must not stay so.
        let end = try await toTheEnd { () -> (id: ExecutionID?, result: Result<String, any Error>) in
            do {
                let answer = try await copy.ask("POST", "\(copy.root)/executions", body: bytes)
                let id = Self.id(of: answer, member: "executionId").flatMap { ExecutionID(checking: $0) }
                guard let id, (200..<300).contains(answer.status) else {
                    return (nil, .failure(CentralError(.status, "its start was answered \(answer.status)")))
                }
                return (
                    id,
                    await Result.of {
                        let answers = try await copy.act(on: id)
                        let status = try await copy.client.summaries(of: [id]).first.map { "\($0.status)" }
                        return answers.joined(separator: ", ") + "; then it was \(status ?? "not listed")"
                    }
                )
            } catch {
                return (nil, .failure(error))
            }
        }
        switch end.result {
        case .success(let answers): findings.append(DoctorFinding(name, question, .found, answers))
        case .failure(let error):
            if let id = end.id {
                findings.append(
                    DoctorFinding(
                        "oo.scratch", Self.scratchQuestion, .problem,
                        "the execution \(id) may be paused or run: look, and cancel it in Central"))
            }
            throw error
        }
    }

    private func act(on id: ExecutionID) async throws -> [String] {
        var answers: [String] = []
        for action in ["PAUSE", "RESUME", "CANCEL"] {
            let answer = try await ask(
                "PUT", "\(root)/executions/\(id.text)/status", body: Array(#"{"action":"\#(action)"}"#.utf8))
            answers.append("\(action) \(answer.status)")
        }
        return answers
    }

    /// An id alone, as text or number, or a member of the answer.
    private static func id(of answer: CentralProbeAnswer, member: String) -> String? {
        guard let value = try? JSONReader.read(answer.body) else { return nil }
        let id = value[member] ?? value
        return id.string ?? id.number?.text
    }
}

/// Also in a task that is told to stop meanwhile: what is made must be known, and what is removed be gone.
func toTheEnd<Value: Sendable>(_ body: @escaping @Sendable () async throws -> Value) async throws -> Value {
    // why: a task of its own is not cancelled with ours; it is waited for, and each call in it has a limit.
    try await Task { try await body() }.value
}

extension Result {
    /// What it failed by; nil: it did not.
    var trouble: Failure? {
        guard case .failure(let failure) = self else { return nil }
        return failure
    }
}
