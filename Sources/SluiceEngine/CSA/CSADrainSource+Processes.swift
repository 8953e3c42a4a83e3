import SluiceCore
import SluiceModel
import SluicePorts

extension CSADrainSource {
    /// Executions first: one that ends in between has called back by the time its process instance is read.
    func readLaunches(_ look: inout Look) async {
        guard let launches else { return }
        let (found, trouble) = await look.memory.launches.read(launches)
        look.launches = found
        if let trouble {
            look.notes.append("lost callbacks of launches that were let through may go untold: \(trouble)")
        }
    }

    /// Asks for the process instances that are known not to be over: CSA lists none (csa-api.md section 0.1).
    func readProcesses(_ look: inout Look) async throws {
        learnProcesses(&look)
        let ids = look.memory.processes.keys.sorted()
        let now = look.now.monotonic
        let read = try await survey.each(ids) { [self] id -> Result<ProcessInstance?, CSAError> in
            do {
                return .success(try await survey.ask { try await $0.processInstance(id) })
            } catch let error as CSAError where CSASurvey.isOfOne(error) {
                return .failure(error)
            }
        }
        for (id, result) in zip(ids, read) {
            guard var process = look.memory.processes[id] else { continue }
            var standing: DrainStanding
            var stuck: StuckCause?
            var title: String?
            switch result {
            case .success(nil):
                look.memory.processes[id] = nil
                look.memory.launches.settle(id)
                if process.wasOpen || process.hold != nil {
                    look.notes.append("CSA knows no process instance \(id), which a launch of Sluice's names")
                }
                continue
            case .success(let instance?):
                let isLost = process.endedAt.map { now.since($0) >= CSASurveyLimits.callbackGrace } ?? false
                (standing, stuck) = CSADrainRules.processInstance(
                    state: instance.state.word, hold: process.hold, hasExecution: isLost ? false : nil)
                title = instance.status
                if stuck == .callbackLost, let execution = process.execution {
                    title = ["execution \(execution) has ended", title].compactMap(\.self).joined(separator: ": ")
                }
            case .failure(let error) where process.endedAt != nil && !process.wasHeld && !process.wasOpen:
                // Of any age, and what CSA answers for one that it forgot is not known: its instance tells.
                look.memory.processes[id] = nil
                look.memory.launches.settle(id)
                look.notes.append("process instance \(id), whose execution has ended, cannot be read: \(error)")
                continue
            case .failure(let error): (standing, title) = (.unknown("unreadable"), error.message)
            }
            let itemID = DrainItemID(.processInstance, id.text)
            guard standing != .ended else {
                if process.wasOpen { look.ended.append(DrainEnd(itemID, isIdle: false)) }
                look.memory.processes[id] = nil
                look.memory.launches.settle(id)
                continue
            }
            process.wasOpen = true
            look.memory.processes[id] = process
            var item = DrainItem(itemID, standing)
            item.flow = FlowID("csa:process")
            item.title = title
            item.stuck = stuck
            look.processes.append((id, item))
        }
    }

    /// By what runs or ran in Central, and by the holds, which know better.
    private func learnProcesses(_ look: inout Look) {
        var processes = look.memory.processes
        for id in processes.keys { processes[id]?.hold = nil }
        var isCut = false
        func learn(_ id: CSAProcessID, _ change: (inout Process) -> Void) {
            guard processes[id] != nil || processes.count < CSASurveyLimits.processCountMax else { return isCut = true }
            change(&processes[id, default: Process()])
        }
        for id in look.launches.keys.sorted() {
            guard let launch = look.launches[id] else { continue }
            learn(id) { process in
                process.instance = process.instance ?? launch.instance
                process.execution = launch.execution.id
                process.endedAt = launch.isRunning ? nil : process.endedAt ?? look.now.monotonic
            }
        }
        for found in look.holds {
            guard let id = found.hold.request.csaProcessID else { continue }
            learn(id) { process in
                process.instance = found.hold.request.csaInstanceID
                process.hold = found.waitsFor
                process.wasHeld = true
                // A hold that came back runs once more.
                process.endedAt = found.hasExecution == false ? process.endedAt ?? look.now.monotonic : nil
            }
        }
        if isCut {
            look.gaps.append(
                "more than \(CSASurveyLimits.processCountMax) process instances of CSA are not over: no more of them "
                    + "are followed")
        }
        look.memory.processes = processes
    }
}
