// swift-tools-version: 6.2
import PackageDescription

/// The floor of the hot loops: x86-64-v3, which `svertka` checks for at its start.
#if arch(x86_64)
    let instructionSet = ["-Xcc", "-march=x86-64-v3"]
#else
    let instructionSet: [String] = []
#endif

let strict: [SwiftSetting] = [.treatAllWarnings(as: .error)]
let vectorCode: [SwiftSetting] = strict + [.unsafeFlags(instructionSet)]
/// Without `errno` a square root is an instruction, of which there is one for eight numbers, and not a call.
let hotLoops: [SwiftSetting] = strict + [.unsafeFlags(["-Ounchecked", "-Xcc", "-fno-math-errno"] + instructionSet)]

/// The same for processors with AVX-512, which hold its results to be those of the floor; `Processor` says which is used.
#if arch(x86_64)
    let wideInstructionSet = ["-Xcc", "-march=x86-64-v4", "-Xcc", "-mavx512vnni", "-Xcc", "-mprefer-vector-width=512"]
#else
    let wideInstructionSet: [String] = []
#endif
let wideLoops: [SwiftSetting] =
    strict + [
        .define("WIDE"), .unsafeFlags(["-Ounchecked", "-Xcc", "-fno-math-errno"] + wideInstructionSet),
    ]

let argumentParser = Target.Dependency.product(name: "ArgumentParser", package: "swift-argument-parser")
let grdb = Target.Dependency.product(name: "GRDB", package: "GRDB.swift")
let logging = Target.Dependency.product(name: "Logging", package: "swift-log")
let protobuf = Target.Dependency.product(name: "SwiftProtobuf", package: "swift-protobuf")
let system = Target.Dependency.product(name: "SystemPackage", package: "swift-system")

/// A module, in the order of the story that `ls Sources` tells; it may import only what it names here.
func module(_ name: String, _ dependencies: [Target.Dependency] = [], settings: [SwiftSetting] = strict) -> Target {
    .target(name: name, dependencies: dependencies, swiftSettings: settings)
}

/// With `optimized`, for tests whose references are loops over many samples.
func tests(_ name: String, _ dependencies: [Target.Dependency], optimized: Bool = false) -> Target {
    .testTarget(
        name: name, dependencies: dependencies,
        swiftSettings: optimized ? strict + [.unsafeFlags(["-O"])] : strict)
}

let package = Package(
    name: "svertka",
    products: [.executable(name: "svertka", targets: ["svertka"])],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.5.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.6.0"),
        .package(url: "https://github.com/apple/swift-protobuf", from: "1.30.0"),
        .package(url: "https://github.com/apple/swift-system", from: "1.4.0"),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.5.0"),
    ],
    targets: [
        .systemLibrary(name: "CInotifyTools", providers: [.apt(["libinotifytools0-dev"])]),
        .systemLibrary(name: "CDeflate", providers: [.apt(["libdeflate-dev"])]),
        .systemLibrary(name: "CColor", providers: [.apt(["liblcms2-dev"])]),
        .target(name: "CLinux"),
        .target(name: "CPNG", linkerSettings: [.linkedLibrary("png")]),
        .target(name: "CJPEG", linkerSettings: [.linkedLibrary("jpeg")]),

        .target(name: "CVector"),
        module("Processor"),
        module("Raster"),
        module("Scheduling", ["CLinux"]),
        module("Specification"),
        module("KernelParameters", settings: hotLoops),
        // Links to those files of Kernels that hold inner loops over pointers.
        module("KernelsWide", ["KernelParameters", "CVector"], settings: wideLoops),
        module(
            "Kernels", ["Raster", "Processor", "KernelParameters", "KernelsWide", "CVector"], settings: hotLoops),
        module("Dataflow", ["Raster", "Kernels", "Scheduling"]),
        module("Codecs", ["Raster", "CPNG", "CJPEG", "CDeflate", "CColor", "CVector"], settings: vectorCode),
        module(
            "Operations", ["Raster", "Processor", "KernelParameters", "Kernels", "Dataflow", "Specification"]),
        .target(
            name: "ONNX", dependencies: [protobuf, system], exclude: ["Onnx.proto"], swiftSettings: strict),
        module("NetworkKernels", settings: hotLoops),
        module("NetworkLoops", ["NetworkKernels", "CVector"], settings: hotLoops),
        module("NetworkLoopsWide", ["NetworkKernels", "CVector"], settings: wideLoops),
        module(
            "Inference",
            [
                "ONNX", "NetworkKernels", "NetworkLoops", "NetworkLoopsWide", "Processor", "Scheduling", "CLinux",
                system,
            ]),
        module(
            "Networks",
            ["Raster", "Dataflow", "Codecs", "Operations", "Specification", "ONNX", "Inference", system]),
        module(
            "Pipelines",
            ["Raster", "Kernels", "Dataflow", "Codecs", "Operations", "Networks", "Specification", "Scheduling"]),
        module("Preview", ["Raster", "Dataflow", "Codecs", "Operations", "Pipelines", "Specification", "Scheduling"]),
        module("Outbox", [system, "CLinux"]),
        module("Intake", [system, grdb, "CInotifyTools"]),
        module(
            "Batch",
            [
                "Raster", "Codecs", "Dataflow", "Specification", "Scheduling", "Pipelines", "Outbox", system,
            ]),
        module(
            "Daemon",
            [
                "Specification", "Scheduling", "Networks", "Pipelines", "Intake", "Outbox", system, logging,
            ]),
        .executableTarget(
            name: "svertka",
            dependencies: [
                "Preview", "Batch", "Daemon", "Intake", "Pipelines", "Networks", "Codecs", "Dataflow", "Raster",
                "Outbox",
                "Scheduling", "Specification", "Inference", "ONNX", "Processor", "CLinux", argumentParser, system,
            ],
            swiftSettings: strict),
        .executableTarget(name: "sample-picture", dependencies: ["Codecs", "Raster"], swiftSettings: strict),

        tests("ProcessorTests", ["Processor"]),
        .target(name: "TestThreads", dependencies: ["Dataflow", "Scheduling"], path: "Tests/TestThreads"),
        tests("SpecificationTests", ["Specification"]),
        .testTarget(
            name: "StepTableTests", dependencies: ["Pipelines", "Operations", "Specification"],
            exclude: ["broken-pipelines.txt"], swiftSettings: strict),
        tests("ONNXTests", ["ONNX", system]),
        tests("CodecsTests", ["Codecs", "CJPEG", "CDeflate", "CColor", "Raster"]),
        tests("SchedulingTests", ["Scheduling"]),
        tests("IntakeTests", ["Intake", system]),
        tests("DaemonTests", ["Daemon", "Intake", "Specification", system]),
        tests("KernelsTests", ["Kernels", "KernelParameters", "Processor", "Raster"], optimized: true),
        tests("DataflowTests", ["Dataflow", "Raster", "TestThreads"]),
        tests(
            "OperationsTests",
            ["Operations", "Dataflow", "Processor", "Kernels", "Raster", "Specification", "TestThreads"],
            optimized: true),
        tests("OutboxTests", ["Outbox", system]),
        tests("BatchTests", ["Batch", "Outbox", "Specification", system]),
        .target(
            name: "PipelineTestSupport", dependencies: ["Pipelines", "Codecs", "Dataflow", "Raster"],
            path: "Tests/PipelineTestSupport", swiftSettings: strict),
        tests(
            "PipelinesTests",
            [
                "PipelineTestSupport", "Pipelines", "Operations", "Codecs", "Dataflow", "Raster", "Specification",
                "TestThreads",
            ]),
        tests(
            "ShippedPipelinesTests",
            [
                "PipelineTestSupport", "Pipelines", "Networks", "Inference", "Codecs", "Raster", "Specification",
                system,
            ]),
        tests(
            "NetworksTests",
            [
                "PipelineTestSupport", "Networks", "Pipelines", "Inference", "ONNX", "Operations", "Dataflow", "Codecs",
                "Raster", "Scheduling", "Specification", protobuf, system,
            ]),
        tests("PreviewTests", ["Preview", "Dataflow", "Operations", "Raster", "Specification"]),
        tests("EndToEndTests", ["svertka", "sample-picture"]),
        .testTarget(
            name: "InferenceTests",
            dependencies: ["Inference", "NetworkKernels", "ONNX", "Processor", "Scheduling", system],
            exclude: ["onnx-node-tests.txt"], swiftSettings: strict + [.unsafeFlags(["-O"])]),
    ]
)

// Fuzz targets link only with libFuzzer, which scripts/fuzz asks for.
if Context.environment["SVERTKA_FUZZING"] != nil {
    func fuzzing(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
        .executableTarget(
            name: name, dependencies: ["FuzzDriver"] + dependencies, path: "Tests/Fuzzing/\(name)",
            swiftSettings: strict + [.unsafeFlags(["-parse-as-library"])])
    }
    package.targets += [
        .target(name: "FuzzDriver", path: "Tests/Fuzzing/FuzzDriver", swiftSettings: strict),
        fuzzing("FuzzPicture", ["Codecs", "Raster"]),
        fuzzing("FuzzMetadata", ["Codecs", "Raster"]),
        fuzzing("FuzzDocument", ["Pipelines", "Specification"]),
        fuzzing("FuzzModel", ["Inference", "ONNX"]),
    ]
}
