// swift-tools-version:6.2
import PackageDescription

// One package, one loop of shared settings at the end. Who may import whom: docs/ARCHITECTURE.md.

let hummingbird: Target.Dependency = .product(name: "Hummingbird", package: "hummingbird")
let hummingbirdCore: Target.Dependency = .product(name: "HummingbirdCore", package: "hummingbird")
let hummingbirdTesting: Target.Dependency = .product(name: "HummingbirdTesting", package: "hummingbird")
let asyncHTTPClient: Target.Dependency = .product(name: "AsyncHTTPClient", package: "async-http-client")
let argumentParser: Target.Dependency = .product(name: "ArgumentParser", package: "swift-argument-parser")
let crypto: Target.Dependency = .product(name: "Crypto", package: "swift-crypto")
let grdb: Target.Dependency = .product(name: "GRDB", package: "GRDB.swift")
let grdbSQLite: Target.Dependency = .product(name: "GRDBSQLite", package: "GRDB.swift")
let httpTypes: Target.Dependency = .product(name: "HTTPTypes", package: "swift-http-types")
let lifecycle: Target.Dependency = .product(name: "ServiceLifecycle", package: "swift-service-lifecycle")
let unixSignals: Target.Dependency = .product(name: "UnixSignals", package: "swift-service-lifecycle")
let logging: Target.Dependency = .product(name: "Logging", package: "swift-log")
let metrics: Target.Dependency = .product(name: "Metrics", package: "swift-metrics")
let coreMetrics: Target.Dependency = .product(name: "CoreMetrics", package: "swift-metrics")
let nioCore: Target.Dependency = .product(name: "NIOCore", package: "swift-nio")
let nioPosix: Target.Dependency = .product(name: "NIOPosix", package: "swift-nio")
let nioHTTP1: Target.Dependency = .product(name: "NIOHTTP1", package: "swift-nio")
let nioEmbedded: Target.Dependency = .product(name: "NIOEmbedded", package: "swift-nio")
let nioSSL: Target.Dependency = .product(name: "NIOSSL", package: "swift-nio-ssl")
let yams: Target.Dependency = .product(name: "Yams", package: "Yams")

let package = Package(
    name: "sluice",
    products: [
        .executable(name: "sluice", targets: ["sluice"]),
        .executable(name: "sluice-sandbox", targets: ["sluice-sandbox"]),
        // For authors of plugins (docs/plugins.md).
        .library(name: "SluicePluginKit", targets: ["SluicePluginKit"]),
        .library(name: "SluicePluginTesting", targets: ["SluicePluginTesting"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
        .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-metrics", from: "2.13.0"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.6"),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1", traits: []),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
        .package(url: "https://github.com/swift-server/async-http-client", from: "1.37.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
    ],
    targets: [
        .systemLibrary(
            name: "CLibXML2", path: "Sources/CLibXML2", pkgConfig: "libxml-2.0", providers: [.apt(["libxml2-dev"])]),
        .systemLibrary(
            name: "CDuktape", path: "Sources/CDuktape", pkgConfig: "duktape", providers: [.apt(["duktape-dev"])]),
        .systemLibrary(name: "CZlib", path: "Sources/CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),

        .systemLibrary(name: "CLibPQ", path: "Sources/CLibPQ", pkgConfig: "libpq", providers: [.apt(["libpq-dev"])]),

        // The pure part: no Foundation, clock, randomness, lock, log or `async`.
        .target(name: "SluiceModel"),
        .target(name: "SluiceJSON"),
        .target(name: "SluiceCore", dependencies: ["SluiceModel"]),
        .target(name: "SluiceDrawing"),
        .target(name: "SluiceForecast", dependencies: ["SluiceModel", "SluiceJSON", "SluiceDrawing"]),

        .target(name: "SluiceHistory", dependencies: ["SluiceModel", "SluiceCore", "SluiceJSON"]),
        .target(name: "SluiceFacade", dependencies: ["SluiceModel", "SluiceJSON"]),

        .target(name: "SluicePorts", dependencies: ["SluiceModel"]),
        .target(name: "SluicePluginKit", dependencies: ["SluiceModel"]),
        .target(
            name: "SluiceContent",
            dependencies: [
                "SluiceModel", "SluiceJSON", "SluiceForecast", "SluiceDrawing", "CLibXML2", "CZlib", yams,
            ]),
        .target(name: "SluiceFlowRunner", dependencies: ["SluiceModel", "SluiceContent"]),
        .target(
            name: "SluiceScriptlets", dependencies: ["SluiceContent", "SluiceFlowRunner", "SluiceJSON", "CDuktape"]),
        .target(name: "SluiceSealing", dependencies: ["SluiceModel", "SluicePorts", crypto]),
        .target(
            name: "SluiceHoldFile", dependencies: ["SluiceModel", "SluicePorts", "SluiceSealing", "SluiceStoreRecords"]),
        .target(
            name: "SluiceEngine",
            dependencies: [
                "SluiceModel", "SluiceForecast", "SluiceCore", "SluicePorts", "SluicePluginKit", lifecycle, logging,
                metrics, coreMetrics,
            ]),
        .target(name: "SluiceStoreRecords", dependencies: ["SluiceModel", "SluicePorts", "SluiceJSON"]),
        .target(
            name: "SluiceSQLite",
            dependencies: [
                "SluiceModel", "SluicePorts", "SluiceStoreRecords", "SluiceJSON", grdb, grdbSQLite, logging,
            ]),
        .target(
            name: "SluicePostgres",
            dependencies: ["SluiceModel", "SluicePorts", "SluiceStoreRecords", "CLibPQ", logging]),
        .target(
            name: "SluiceCentral",
            dependencies: [
                "SluiceModel", "SluicePorts", "SluiceJSON", asyncHTTPClient, logging, nioCore, nioHTTP1, nioSSL,
            ]),
        .target(name: "SluiceXML", dependencies: ["CLibXML2"]),
        .target(
            name: "SluiceCSA",
            dependencies: [
                "SluiceModel", "SluicePorts", "SluiceJSON", "SluiceXML", "SluiceForecast", asyncHTTPClient, nioCore,
                nioHTTP1, nioSSL,
            ]),
        .target(
            name: "SluiceHTTP",
            dependencies: [
                "SluiceModel", "SluiceForecast", "SluiceCore", "SluicePorts", "SluiceEngine", "SluiceJSON",
                "SluiceSealing", "SluiceHoldFile", "SluiceFacade", hummingbird, hummingbirdCore, httpTypes, logging,
                metrics, coreMetrics, nioCore, nioHTTP1, nioPosix, nioSSL, crypto, asyncHTTPClient,
            ]),
        .target(name: "SluiceConfig", dependencies: ["SluiceModel", "SluicePluginKit", yams]),
        .target(name: "SluiceFences", dependencies: ["SluiceModel", "SluiceCore"]),

        // First-party plugins; the list of those in `sluice` is Sources/SluiceScenarios/PluginList.swift.
        .target(
            name: "ResourcePoolSync", dependencies: ["SluicePluginKit"], path: "Plugins/ResourcePoolSync/Sources"),
        .target(
            name: "FutureOrders", dependencies: ["SluicePluginKit", "SluiceForecast"],
            path: "Plugins/FutureOrders/Sources"),
        .target(name: "Scheduler", dependencies: ["SluicePluginKit"], path: "Plugins/Scheduler/Sources"),
        .target(name: "CSALifecycle", dependencies: ["SluicePluginKit"], path: "Plugins/CSALifecycle/Sources"),
        .target(
            name: "Webhook",
            dependencies: [
                "SluicePluginKit", "SluiceJSON", asyncHTTPClient, crypto, nioCore, nioHTTP1, nioSSL,
            ], path: "Plugins/Webhook/Sources"),
        .target(
            name: "SluiceCallbacks",
            dependencies: [
                "SluiceModel", "SluicePorts", "SluiceJSON", asyncHTTPClient, crypto, nioCore, nioPosix, nioHTTP1,
            ]),
        .target(
            name: "SluiceSandbox",
            dependencies: [
                "CLibXML2", hummingbird, hummingbirdCore, asyncHTTPClient, lifecycle, logging, nioCore, nioHTTP1,
                httpTypes,
            ]),
        .target(
            name: "SluiceScenarios",
            dependencies: [
                "SluiceModel", "SluiceForecast", "SluiceCore", "SluicePorts", "SluiceEngine", "SluiceSQLite",
                "SluicePostgres", "SluiceStoreRecords",
                "SluiceCentral", "SluiceCSA",
                "SluiceHTTP", "SluiceFacade",
                "SluiceCallbacks", "SluiceContent", "SluiceConfig", "SluiceSealing", "SluiceSandbox", "SluiceJSON",
                "SluicePluginKit",
                "ResourcePoolSync", "FutureOrders", "Scheduler", "CSALifecycle", "Webhook", asyncHTTPClient,
                lifecycle, unixSignals, logging, metrics, nioCore, nioHTTP1, yams,
            ]),
        .executableTarget(
            name: "sluice",
            dependencies: [
                "SluiceModel", "SluiceJSON", "SluiceForecast", "SluiceContent", "SluiceConfig", "SluiceScenarios",
                "SluiceHistory", "SluicePorts", "SluiceSealing", "SluiceHoldFile", "SluiceFences",
                argumentParser,
                asyncHTTPClient, logging, nioCore, nioHTTP1,
            ]),
        .executableTarget(
            name: "sluice-sandbox", dependencies: ["SluiceSandbox", argumentParser, lifecycle, unixSignals, logging]),

        .executableTarget(
            name: "sluice-bench",
            dependencies: [
                "SluiceModel", "SluiceForecast", "SluicePorts", "SluiceSQLite", "SluicePostgres", "SluiceContent",
                "SluiceCore", "SluiceEngine", "SluiceSealing", "SluiceCentral", argumentParser, lifecycle, logging,
                nioCore, nioPosix, nioHTTP1,
            ],
            path: "Benchmarks/sluice-bench"),

        // Our side of scripts/differential; it builds with SLUICE_ROOMS=content too.
        .executableTarget(
            name: "schedule-peer", dependencies: ["SluiceModel", "SluiceForecast", "SluiceContent"],
            path: "Benchmarks/schedule-peer"),

        .target(
            name: "SluiceTestKit",
            dependencies: ["SluiceModel", "SluiceCore", "SluicePorts"]),

        // The conformance suite that authors of plugins run.
        .target(name: "SluicePluginTesting", dependencies: ["SluiceModel", "SluicePluginKit"]),

        // A seeded world around the machines of Core, and its program; never linked into `sluice`.
        .target(
            name: "SluiceSimulator", dependencies: ["SluiceModel", "SluiceCore", "SluicePorts", "SluiceTestKit"]),
        .executableTarget(name: "sluice-sim", dependencies: ["SluiceSimulator"]),

        // Invariants of the readers, for Fuzz/sluice-fuzz and the tests of its corpus.
        .target(name: "SluiceFuzzing", dependencies: ["SluiceModel", "SluiceJSON", "SluiceContent"]),

        .testTarget(name: "SluiceModelTests", dependencies: ["SluiceModel", "SluiceTestKit"]),
        .testTarget(
            name: "SluicePluginKitTests", dependencies: ["SluiceModel", "SluicePluginKit", "SluicePluginTesting"]),
        .testTarget(
            name: "ResourcePoolSyncTests",
            dependencies: ["ResourcePoolSync", "SluicePluginKit", "SluicePluginTesting"],
            path: "Plugins/ResourcePoolSync/Tests"),
        .testTarget(
            name: "FutureOrdersTests",
            dependencies: ["FutureOrders", "SluicePluginKit", "SluicePluginTesting", "SluiceForecast"],
            path: "Plugins/FutureOrders/Tests"),
        .testTarget(
            name: "SchedulerTests", dependencies: ["Scheduler", "SluicePluginKit", "SluicePluginTesting"],
            path: "Plugins/Scheduler/Tests"),
        .testTarget(
            name: "CSALifecycleTests", dependencies: ["CSALifecycle", "SluicePluginKit", "SluicePluginTesting"],
            path: "Plugins/CSALifecycle/Tests"),
        .testTarget(
            name: "WebhookTests",
            dependencies: [
                "Webhook", "SluicePluginKit", "SluicePluginTesting", httpTypes, hummingbird, logging, nioCore,
            ], path: "Plugins/Webhook/Tests"),
        .testTarget(name: "SluiceJSONTests", dependencies: ["SluiceJSON"]),
        .testTarget(name: "SluiceFacadeTests", dependencies: ["SluiceModel", "SluiceJSON", "SluiceFacade"]),
        .testTarget(
            name: "SluiceHistoryTests", dependencies: ["SluiceHistory", "SluiceModel", "SluiceCore", "SluiceTestKit"]),
        .testTarget(
            name: "SluiceCoreTests", dependencies: ["SluiceModel", "SluiceCore", "SluicePorts", "SluiceTestKit"]),
        .testTarget(
            name: "SluiceForecastTests",
            dependencies: ["SluiceModel", "SluiceForecast", "SluiceJSON", "SluiceDrawing"],
            exclude: ["Fixtures"]),
        .testTarget(
            name: "SluiceContentTests",
            dependencies: [
                "SluiceModel", "SluiceForecast", "SluiceJSON", "SluiceDrawing", "SluiceContent", "SluiceFuzzing",
                "CZlib",
            ]),
        .testTarget(
            name: "SluiceFlowRunnerTests", dependencies: ["SluiceContent", "SluiceFlowRunner", "SluiceScriptlets"]),
        .testTarget(name: "SluiceSealingTests", dependencies: ["SluiceModel", "SluicePorts", "SluiceSealing"]),
        .testTarget(
            name: "SluiceHoldFileTests",
            dependencies: ["SluiceModel", "SluicePorts", "SluiceSealing", "SluiceHoldFile", "SluiceTestKit"]),
        .target(name: "CSyncRecorder", path: "Tests/CSyncRecorder"),
        .testTarget(
            name: "SluiceSQLiteTests",
            dependencies: [
                "SluiceModel", "SluicePorts", "SluiceSQLite", "SluiceStoreRecords", "SluiceTestKit",
                "CSyncRecorder", grdb, logging,
            ]),
        // Throw-away PostgreSQL servers and a TCP relay with faults, for tests of the store and of whole services.
        .target(name: "SluiceTestServers", path: "Tests/SluiceTestServers"),
        .testTarget(
            name: "SluicePostgresTests",
            dependencies: [
                "SluiceModel", "SluicePorts", "SluicePostgres", "SluiceStoreRecords", "SluiceTestKit",
                "SluiceTestServers", logging,
            ]),
        .testTarget(
            name: "SluiceEngineTests",
            dependencies: [
                "SluiceModel", "SluiceForecast", "SluiceCore", "SluicePorts", "SluiceEngine", "SluiceSealing",
                "SluicePluginKit", "SluiceTestKit", coreMetrics, logging, lifecycle,
            ]),
        .testTarget(
            name: "SluiceCentralTests",
            dependencies: [
                "SluiceModel", "SluicePorts", "SluiceCentral", "SluiceSandbox", "SluiceTestKit", hummingbird,
                asyncHTTPClient, logging, nioCore,
            ]),
        .testTarget(name: "SluiceXMLTests", dependencies: ["SluiceXML"]),
        .testTarget(
            name: "SluiceCSATests",
            dependencies: [
                "SluiceModel", "SluicePorts", "SluiceCSA", "SluiceForecast", "SluiceTestKit", "SluiceSandbox",
                hummingbird, httpTypes, logging, nioCore, lifecycle,
            ]),
        .testTarget(
            name: "SluiceCallbacksTests",
            dependencies: [
                "SluiceModel", "SluicePorts", "SluiceJSON", "SluiceEngine", "SluiceCallbacks", "SluiceTestKit",
                hummingbird, logging, nioCore, crypto, httpTypes,
            ]),
        .testTarget(name: "SluiceSimulatorTests", dependencies: ["SluiceSimulator"]),
        .testTarget(name: "SluiceConfigTests", dependencies: ["SluiceModel", "SluiceConfig", "SluicePluginKit"]),
        .testTarget(
            name: "SluiceHTTPTests",
            dependencies: [
                "SluiceModel", "SluiceForecast", "SluiceCore", "SluicePorts", "SluiceEngine", "SluiceHTTP",
                "SluiceJSON", "SluiceSealing", "SluiceHoldFile", "SluicePluginKit", "SluiceSQLite",
                "SluiceTestKit", "SluiceTestServers", "SluiceFacade", "SluiceCentral", "SluiceSandbox", hummingbird,
                hummingbirdTesting, httpTypes, logging, lifecycle, nioCore, nioPosix, nioHTTP1, nioEmbedded,
                asyncHTTPClient, yams,
            ]),
        // With the real nginx and HAProxy.
        .testTarget(
            name: "SluiceFencesTests",
            dependencies: [
                "SluiceModel", "SluiceCore", "SluicePorts", "SluiceEngine", "SluiceHTTP", "SluiceSealing",
                "SluiceFences", "SluiceTestKit", "SluiceTestServers", hummingbird, httpTypes, logging, nioCore,
            ]),
        .testTarget(
            name: "SluiceSandboxTests",
            dependencies: [
                "SluiceSandbox", "sluice-sandbox", hummingbird, asyncHTTPClient, nioCore, nioHTTP1, logging, lifecycle,
                httpTypes,
            ]),
        .testTarget(
            name: "EndToEndTests",
            dependencies: [
                "sluice", "sluice-sandbox", "SluiceModel", "SluiceForecast", "SluiceJSON", "SluiceContent",
                "SluiceHistory", "SluiceTestKit", "SluiceTestServers", "SluiceSealing",
                "SluiceFlowRunner", "SluiceScenarios", "SluiceHTTP", "SluiceFacade", "SluicePorts", "SluiceSQLite",
                "SluiceScriptlets", "SluiceSandbox", asyncHTTPClient, logging, lifecycle, nioCore, nioHTTP1,
            ]),
    ])

let strict: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
]
for target in package.targets where target.type != .system {
    target.swiftSettings = (target.swiftSettings ?? []) + strict
}

// SLUICE_OPTIMIZED=1: what is tested is optimised, and its assertions stay; scripts/test wants it for the time it takes.
if Context.environment["SLUICE_OPTIMIZED"] == "1" {
    for target in package.targets where target.type == .regular || target.type == .executable {
        target.swiftSettings =
            (target.swiftSettings ?? []) + [.unsafeFlags(["-O", "-assert-config", "Debug"])]
    }
}

// SLUICE_MUTANTS=1: with bugs that can be planted, to try the simulator's checkers (`make mutants`); never released.
if Context.environment["SLUICE_MUTANTS"] == "1" {
    for target in package.targets where target.name == "SluiceCore" || target.name.hasPrefix("SluiceSimulator") {
        target.swiftSettings = (target.swiftSettings ?? []) + [.define("SLUICE_MUTANTS")]
    }
}

// SLUICE_FUZZ=1: the readers alone, instrumented, and the fuzzer (scripts/fuzz); its runtime is in Swift's toolchain.
let isFuzzing = Context.environment["SLUICE_FUZZ"] == "1"
if isFuzzing {
    package.targets.append(
        .executableTarget(
            name: "sluice-fuzz", dependencies: ["SluiceFuzzing"], path: "Fuzz/sluice-fuzz",
            swiftSettings: strict + [.unsafeFlags(["-parse-as-library"])],
            linkerSettings: [.unsafeFlags(["-sanitize=fuzzer,address"])]))
    let instrumented = [
        "SluiceModel", "SluiceJSON", "SluiceForecast", "SluiceDrawing", "SluiceContent", "SluiceFuzzing", "sluice-fuzz",
    ]
    for target in package.targets where instrumented.contains(target.name) {
        target.swiftSettings = (target.swiftSettings ?? []) + [.unsafeFlags(["-sanitize=fuzzer,address"])]
    }
}

// SLUICE_ROOMS=core: what decides, its models and its tests alone; needs nothing from outside and builds in seconds.
if Context.environment["SLUICE_ROOMS"] == "core" {
    let rooms: Set<String> = [
        "SluiceModel", "SluiceJSON", "SluiceCore", "SluicePorts", "SluicePluginKit", "SluiceTestKit", "SluiceSimulator",
        "sluice-sim", "SluiceModelTests", "SluiceCoreTests", "SluiceSimulatorTests", "SluicePluginKitTests",
        "SluiceHistory", "SluiceHistoryTests", "SluiceFacade", "SluiceFacadeTests",
        "SluicePluginTesting", "SluiceFences",
    ]
    // Examples/plugin is built on these two alone.
    package.products.removeAll { !["SluicePluginKit", "SluicePluginTesting"].contains($0.name) }
    package.targets.removeAll { !rooms.contains($0.name) }
    package.dependencies = []
}

// SLUICE_ROOMS=engine: what decides and what drives it, with their tests alone; needs no NIO from outside.
if Context.environment["SLUICE_ROOMS"] == "engine" {
    let rooms: Set<String> = [
        "SluiceModel", "SluiceJSON", "SluiceCore", "SluiceDrawing", "SluiceForecast", "SluicePorts", "SluicePluginKit",
        "SluiceSealing", "SluiceTestKit", "SluiceEngine", "SluiceEngineTests", "SluiceCoreTests", "SluiceForecastTests",
    ]
    package.products.removeAll()
    package.targets.removeAll { !rooms.contains($0.name) }
    package.dependencies = [
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-metrics", from: "2.13.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
    ]
}

// SLUICE_ROOMS=http: the API, the configuration and the fences with their tests, without readers, plugins and programs.
if Context.environment["SLUICE_ROOMS"] == "http" {
    let rooms: Set<String> = [
        "SluiceModel", "SluiceJSON", "SluiceDrawing", "SluiceForecast", "SluiceCore", "SluicePorts", "SluicePluginKit",
        "SluiceEngine", "SluiceSealing", "SluiceStoreRecords", "SluiceHoldFile", "SluiceSQLite", "SluiceHTTP",
        "SluiceFacade", "SluiceCentral", "SluiceSandbox", "CLibXML2", "SluiceConfig", "SluiceConfigTests", "SluiceFences",
        "SluiceTestKit", "SluiceTestServers", "SluiceHTTPTests", "SluiceFencesTests",
    ]
    package.products.removeAll()
    package.targets.removeAll { !rooms.contains($0.name) }
}

// SLUICE_ROOMS=stores: the PostgreSQL store and its tests alone; needs only swift-log from outside.
if Context.environment["SLUICE_ROOMS"] == "stores" {
    let rooms: Set<String> = [
        "SluiceModel", "SluiceJSON", "SluiceCore", "SluicePorts", "SluiceTestKit", "SluiceStoreRecords", "CLibPQ",
        "SluicePostgres", "SluiceTestServers", "SluicePostgresTests",
    ]
    package.products.removeAll()
    package.targets.removeAll { !rooms.contains($0.name) }
    package.dependencies = [.package(url: "https://github.com/apple/swift-log", from: "1.16.2")]
}

// SLUICE_ROOMS=content: the readers and their tests alone, for fuzzers, sanitizers and whoever works on them only.
if isFuzzing || Context.environment["SLUICE_ROOMS"] == "content" {
    let rooms: Set<String> = [
        "SluiceModel", "SluiceJSON", "SluiceForecast", "SluiceForecastTests", "SluiceContent", "SluiceContentTests",
        "SluiceDrawing", "CLibXML2", "CZlib", "SluiceFlowRunner",
        "SluiceFlowRunnerTests", "SluiceScriptlets", "CDuktape", "SluiceFuzzing", "sluice-fuzz", "schedule-peer",
    ]
    package.products.removeAll()
    package.targets.removeAll { !rooms.contains($0.name) }
    package.dependencies = [.package(url: "https://github.com/jpsim/Yams", from: "6.2.2")]
}

// SLUICE_ROOMS=sandbox: the stand-ins for OO Central and CSA, their program and their tests alone.
if Context.environment["SLUICE_ROOMS"] == "sandbox" {
    let rooms: Set<String> = ["SluiceSandbox", "sluice-sandbox", "SluiceSandboxTests", "CLibXML2"]
    let unused = ["swift-crypto", "swift-metrics", "swift-nio-ssl", "GRDB.swift", "Yams"]
    package.products.removeAll { $0.name != "sluice-sandbox" }
    package.targets.removeAll { !rooms.contains($0.name) }
    package.dependencies.removeAll { dependency in
        guard case .sourceControl(_, let location, _) = dependency.kind else { return false }
        return unused.contains { location.hasSuffix("/" + $0) }
    }
}

// SLUICE_ROOMS=csa: the client of CSA, the stand-ins, the configuration and their tests alone.
if Context.environment["SLUICE_ROOMS"] == "csa" {
    let rooms: Set<String> = [
        "SluiceModel", "SluiceJSON", "SluiceCore", "SluiceDrawing", "SluiceForecast", "SluicePorts", "SluiceTestKit",
        "CLibXML2", "SluiceXML", "SluiceXMLTests", "SluiceCSA", "SluiceCSATests", "SluicePluginKit", "SluiceConfig",
        "SluiceConfigTests", "SluiceModelTests", "SluiceSandbox", "sluice-sandbox", "SluiceSandboxTests",
    ]
    package.products.removeAll()
    package.targets.removeAll { !rooms.contains($0.name) }
    package.dependencies = [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.6"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1", traits: []),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
        .package(url: "https://github.com/swift-server/async-http-client", from: "1.37.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
    ]
}
