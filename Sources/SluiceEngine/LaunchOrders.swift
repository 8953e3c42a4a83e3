import SluiceModel
import SluicePorts

/// Makes the request that Central gets of a hold and the pass of its attempt.
struct LaunchOrders: Sendable {
    /// The input in which the pass travels (product.md, "pass").
    static let passInput = "sluicePass"

    let packs: PackShelf
    let sealer: any Sealer

    /// - Throws: `SealingError` when a secret cannot be opened.
    func order(for hold: Hold, pass: PassClaims) throws -> LaunchOrder {
        let request = hold.request
        let known = packs.inventory[request.flow]
        var inputs = try request.inputs.filter { $0.name != Self.passInput }.map { input in
            guard case .sealed(let sealed) = input.value else { return input }
            return LaunchInput(name: input.name, value: .secret(try sealer.open(sealed, context: input.name)))
        }
        // Central may refuse an input that the flow does not declare, so only a gated flow gets its pass. Whether it is
        // one was settled with the intent: its pack may have been replaced since.
        if hold.passID != nil {
            inputs.append(LaunchInput(name: Self.passInput, value: .secret(Secret(sealer.makePass(pass)))))
        }
        let name = known?.name ?? request.flow.text
        return LaunchOrder(
            ticket: hold.ticket, attempt: hold.attempt, flow: request.flow,
            runName: RunName.make(
                own: request.start.runName, flowName: name, ticket: hold.ticket, attempt: hold.attempt),
            logLevel: request.start.logLevel, inputPromptUseBlank: request.start.inputPromptUseBlank, inputs: inputs)
    }
}
