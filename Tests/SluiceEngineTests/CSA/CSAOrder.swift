import SluiceModel

/// One piece of CSA's work, step by step: an order as CSA chains it, or work that no counter shows.
struct CSAOrder: Sendable {
    enum Kind: CaseIterable, Sendable {
        /// A request, an approval by policy, three transitions, and the counters that go with them.
        case order
        /// Three transitions too, but nothing is pending for anybody.
        case modify
        case cancel
    }

    /// Where it is: two steps for a request, then for each of three transitions its running, its callback and a gap.
    private enum Step: Int, CaseIterable {
        case submitted, approved
        case initWaits, initDone, gapOne, reserveWaits, reserveDone, gapTwo, deployWaits, deployDone, over
    }

    let kind: Kind
    let user: CSAUser
    let id: CSAInstanceID
    /// Whether CSA shows a running state between two transitions; else the instance seems at rest.
    let showsStateInGaps: Bool
    private var step: Step

    init(_ kind: Kind, _ number: Int, of user: CSAUser, showsStateInGaps: Bool, in world: CSAWorld) {
        self.kind = kind
        self.user = user
        self.showsStateInGaps = showsStateInGaps
        id = CSAInstanceID("i-\(number)")
        step = kind == .order ? .submitted : .initWaits
        if kind != .order { world.addInstance(id.text, runningWord, of: user) }
        show(in: world)
    }

    var isOver: Bool { step == .over }
    /// Whether it seems to be nothing at all.
    var isInGap: Bool { step == .gapOne || step == .gapTwo }

    private var runningWord: String {
        switch kind {
        case .order: step.rawValue < Step.deployWaits.rawValue ? "IN_PROGRESS" : "DEPLOYING"
        case .modify: "MODIFYING"
        case .cancel: "CANCELLING"
        }
    }

    mutating func goOn(in world: CSAWorld) {
        guard let next = Step(rawValue: step.rawValue + 1) else { return }
        step = next
        show(in: world)
    }

    private func show(in world: CSAWorld) {
        if kind == .order {
            let name = "of-\(id)"
            switch step {
            case .submitted: world.setRequest(name, "SUBMITTED", of: user)
            case .approved:
                world.setRequest(name, "APPROVED", of: user)
                world.addInstance(id.text, "IN_PROGRESS", of: user)
                world.setSubscription(name, "PENDING", of: user, instance: id)
            case .over:
                world.setSubscription(name, "ACTIVE", of: user, instance: id)
            default: world.setRequest(name, "COMPLETED", of: user)
            }
            guard step != .submitted else { return }
        }
        let isWaiting = [Step.initWaits, .reserveWaits, .deployWaits].contains(step)
        world.setRecord(id, isPending: isWaiting)
        let seemsAtRest = step == .over || (isInGap && !showsStateInGaps)
        world.set(id, !seemsAtRest ? runningWord : kind == .cancel && isOver ? "CANCELLED" : "ACTIVE")
    }
}
