import SluiceContent
import Testing

/// The graphs of the four public projects against their own summaries, which other facts are compared with.
@Suite struct GoldenGraphTests {
    @Test(
        .enabled(if: GoldenPackTests.areHere, "needs ../shared/samples and the four repositories in ../.mirror"),
        arguments: GoldenPackTests.all)
    func readsGraphsThatAgreeWithTheirSummaries(golden: GoldenPackTests.Golden) throws {
        let folder = try TemporaryFolder()
        let path = try golden.extract(into: folder)
        var documents: [FlowDocument] = []
        let pack = ContentPackReader().documents(path: path) { documents.append($0) }
        #expect(pack.flows == ContentPackReader().read(path: path).flows)
        #expect(pack.diagnostics.isEmpty, "\(pack.diagnostics)")
        #expect(documents.map(\.path) == pack.flows.map(\.path))
        for (document, flow) in zip(documents, pack.flows) { compare(document, flow) }
    }

    private func compare(_ document: FlowDocument, _ flow: PackFlow) {
        let steps = document.allSteps
        let counts = flow.counts
        let expected: [FlowStep.Kind: Int] = [
            .step: counts.steps, .returnStep: counts.returnSteps, .endBranchStep: counts.endBranchSteps,
            .parallelMultiStep: counts.parallelSteps, .multiInstanceStep: counts.multiInstanceSteps,
        ]
        for kind in FlowStep.Kind.allCases { #expect(steps.count { $0.kind == kind } == expected[kind]) }
        #expect(steps.map(\.transitions.count).reduce(0, +) == counts.transitions)
        #expect(steps.map(\.assignments.count).reduce(0, +) == counts.assignments)
        #expect(document.id == flow.id && document.name == flow.name && document.kind == flow.kind)
        #expect(document.inputs.map(\.name) == flow.inputs.map(\.name))
        #expect(document.responses.map(\.name) == flow.responses.map(\.name))
        #expect(document.startStep == flow.startStep)
        let called = steps.compactMap(\.called) + [document.softCopyOf].compactMap { $0 }
        for reference in flow.references { #expect(called.count { $0 == reference.id } == reference.count) }
        #expect(called.count == flow.references.map(\.count).reduce(0, +))
        // What held without exception in all real packs (oo-content-pack.md section 3.2, 3.3).
        let ids = Set(steps.map(\.id))
        #expect(ids.count == steps.count)
        for step in steps {
            #expect(step.transitions.allSatisfy { ids.contains($0.destination) }, "\(document.path) \(step.name)")
            #expect(step.assignments.allSatisfy { !$0.target.isEmpty && !$0.expression.source.isEmpty })
            #expect(step.bindings.allSatisfy { !$0.name.isEmpty && !$0.type.isEmpty })
            #expect((step.returnType != nil) == (step.kind == .returnStep) && (step.bounds != nil))
        }
    }
}
