public import SluiceModel
public import SluicePorts

/// What every `OutsideSystem` must do, told as laws; run each over a fresh world.
///
/// A suite takes `@Test(arguments: OutsideSystemConformance.allCases)` and calls `law.check(world)`.
public enum OutsideSystemConformance: String, CaseIterable, Sendable {
    case readsTheSameTwice
    case saysThatAnObjectIsNotThere
    case setsWhatItIsTold
    case leavesOtherFieldsAlone
    case putsBackWhatItSet
    case writesNothingOverSomebodyElse
    case writesSeveralAtOnce
    case answersForEachObject

    /// A system under test.
    public struct World: Sendable {
        public var system: any OutsideSystem
        /// Two objects that it has, and one id that it has not.
        public var objects: (first: String, second: String)
        public var missing: String
        /// A field of theirs that may be changed, as it is to be; otherwise than they have it.
        public var wanted: JournalField
        /// Changes another field of an object, as a person would.
        public var edit: @Sendable (String) async throws -> Void

        public init(
            system: any OutsideSystem, objects: (first: String, second: String), missing: String, wanted: JournalField,
            edit: @escaping @Sendable (String) async throws -> Void
        ) {
            self.system = system
            self.objects = objects
            self.missing = missing
            self.wanted = wanted
            self.edit = edit
        }
    }

    /// A law that was broken.
    public struct Violation: Error, Sendable, CustomStringConvertible {
        public let description: String
    }

    /// - Throws: `Violation`, or whatever the system threw.
    public func check(_ world: World) async throws {
        let system = world.system
        let (first, second) = world.objects
        let wanted = world.wanted
        let before = try await Self.image(world, first)
        switch self {
        case .readsTheSameTwice:
            let again = try await Self.image(world, first)
            try demand(again.fields == before.fields, "\(before.fields) became \(again.fields)")
            try demand(Set(before.fields.map(\.name)).count == before.fields.count, "a field is there twice")
            try demand(before.fields.count <= JournalField.countMax, "\(before.fields.count) fields")
        case .saysThatAnObjectIsNotThere:
            try demand(try await system.read(world.missing) == nil, "\(world.missing) is there")
        case .setsWhatItIsTold:
            try await write(world, first, [wanted], before)
            let after = try await Self.image(world, first)
            try demand(after.fields.value(of: wanted.name) == wanted.value, "\(after.fields)")
        case .leavesOtherFieldsAlone:
            try await world.edit(first)
            let edited = try await Self.image(world, first)
            try demand(edited.fields != before.fields, "the edit does not show")
            try await write(world, first, [wanted], edited)
            let after = try await Self.image(world, first)
            let changed = JournalField.differences(edited.fields, after.fields)
            try demand(changed == [wanted.name], "\(changed) changed")
        case .putsBackWhatItSet:
            try await write(world, first, [wanted], before)
            let made = try await Self.image(world, first)
            let old = JournalField(wanted.name, before.fields.value(of: wanted.name))
            try await write(world, first, [old], made)
            let back = try await Self.image(world, first)
            try demand(back.fields == before.fields, "\(before.fields) is now \(back.fields)")
        case .writesNothingOverSomebodyElse:
            try await world.edit(first)
            let outcomes = await system.write([OutsideWrite(object: first, fields: [wanted], basedOn: before)])
            guard case .stale? = outcomes.first?.result else { throw Violation(description: "\(outcomes)") }
            let after = try await Self.image(world, first)
            try demand(after.fields.value(of: wanted.name) != wanted.value, "it was written all the same")
        case .writesSeveralAtOnce:
            guard system.writeCountMax > 1 else { return }
            let other = try await Self.image(world, second)
            let outcomes = await system.write([
                OutsideWrite(object: first, fields: [wanted], basedOn: before),
                OutsideWrite(object: second, fields: [wanted], basedOn: other),
            ])
            try demand(Set(outcomes.map(\.object)) == [first, second], "\(outcomes)")
            for object in [first, second] {
                let after = try await Self.image(world, object)
                try demand(after.fields.value(of: wanted.name) == wanted.value, "\(object): \(after.fields)")
            }
        case .answersForEachObject:
            let outcomes = await system.write([OutsideWrite(object: world.missing, fields: [wanted], basedOn: before)])
            try demand(outcomes.count == 1 && outcomes.first?.object == world.missing, "\(outcomes)")
            if case .taken? = outcomes.first?.result { throw Violation(description: "what is not there was written") }
        }
    }

    private static func image(_ world: World, _ object: String) async throws -> OutsideImage {
        guard let image = try await world.system.read(object) else {
            throw Violation(description: "\(object) is not there")
        }
        return image
    }

    private func write(_ world: World, _ object: String, _ fields: [JournalField], _ image: OutsideImage) async throws {
        let outcomes = await world.system.write([OutsideWrite(object: object, fields: fields, basedOn: image)])
        guard outcomes.count == 1, case .taken? = outcomes.first?.result else {
            throw Violation(description: "\(object): \(outcomes)")
        }
    }

    private func demand(_ condition: Bool, _ what: String) throws {
        if !condition { throw Violation(description: "\(rawValue): \(what)") }
    }
}
