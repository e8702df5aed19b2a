import ArgumentParser
import Batch
import Foundation
import Glibc
import Outbox
import Pipelines
import Scheduling
import Specification
import Synchronization
import SystemPackage

struct RunCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run",
        abstract: "Take files and folders through a pipeline.",
        discussion: """
            Folders are searched for pictures with all their subfolders, whose names are kept below the output folder.

            Exit code 0: all done; 1: some files failed, each is named; 2: the pipeline is wrong; 3: the environment \
            does not allow it; 4: interrupted; 9: the output lies inside an input; 64: usage.

            svertka run Pipelines/edges.json photo.jpg holiday/ --output out
            find . -name '*.png' | svertka run pipeline.json --files-from - --output out
            """)

    enum ProgressStyle: String, ExpressibleByArgument, CaseIterable {
        case auto, plain, never
    }

    @Argument(help: "The pipeline.", completion: .file(extensions: ["json"]))
    var pipeline: String

    @OptionGroup
    var inputs: InputArguments

    @Option(
        name: [.customShort("o"), .long], help: "The folder that the results go to; it is made where it is missing.")
    var output: PathArgument

    @Option(help: "Pictures processed at the same time; by default as many as the machine allows.")
    var jobs: Int?

    @Option(help: "Write one line of JSON for each file; - is standard output.")
    var report: String?

    @Option(help: "Progress: auto (a live line on a terminal), plain lines, or never.")
    var progress: ProgressStyle = .auto

    @Option(help: "When a result's name is taken: fail, replace, number or skip.")
    var onConflict: Conflict = .fail

    @Option(
        help: """
            Take the part I/N of the inputs, I from 0 to N-1, or none to take all. By default the part that an array \
            of Slurm or AWS Batch or an indexed job of Kubernetes gives to this process, if it is one.
            """)
    var shard: ShardArgument?

    @Option(help: "Memory for the pictures in work, such as 2GiB; by default a part of what the machine allows.")
    var memory: MemoryArgument?

    enum Conflict: String, ExpressibleByArgument, CaseIterable {
        case fail, replace, number, skip
    }

    func validate() throws {
        if let jobs, !(1...1024).contains(jobs) {
            throw ValidationError("--jobs is \(jobs); allowed are 1 to 1024.")
        }
        if output.bytes.isEmpty { throw ValidationError("--output is empty.") }
        if PictureSniffer.hasPictureEnding(output.bytes), access(output.printable, F_OK) != 0 {
            throw ValidationError(
                "--output is a folder, and \(output.printable) looks like a picture; the pipeline's encode step says what "
                    + "files are called.")
        }
    }

    func run() throws {
        let share = try ShardArgument.share(shard)
        let pipeline = try PipelineFile.load(pipeline)
        let token = CancellationToken()
        try Interruption.watch(token)
        try prepareOutput()
        let walk = try inputs.walk(share: share)
        if let report { makeFolder(of: report) }
        guard let log = BatchLog(report: report, share: share, style: progress) else {
            Terminal.say("\(report ?? ""): \(String(cString: strerror(errno)))")
            throw ExitStatus.environment.error
        }
        if log.wantsTotal, inputs.isRepeatable { count(try inputs.walk(share: share), log) }
        var options = BatchRun.Options()
        options.onConflict = ConflictPolicy(rawValue: onConflict.rawValue)!
        let budget = memory.map { MemoryBudget(bytes: $0.bytes) } ?? MemoryLimit.detect().recommendedBudget
        let scheduler = WorkScheduler(
            width: jobs ?? CPUBudget.detect().width, memory: budget.without(pipeline.keptByteCount))
        let batch = BatchRun(
            pipeline, walk: walk, output: output.filePath, options: options, scheduler: scheduler, cancellation: token,
            observe: { log.note($0) })
        do {
            try batch.run()
        } catch {
            let failure = BatchFailure(error)
            Terminal.say(failure.text + (failure.hint.map { "\nhint: \($0)" } ?? ""))
            throw ExitStatus.environment.error
        }
        let status = log.finish(passedOver: batch.passedOver, isInterrupted: token.isCancelled)
        if status != .done { throw status.error }
    }

    /// Counts the inputs beside the work, so that it can be told how much is left.
    private func count(_ walk: sending InputWalk, _ log: BatchLog) {
        let walk = Mutex(walk)
        let thread = Thread {
            var total = 0
            while walk.withLock({ $0.next() }) != nil { total += 1 }
            log.note(total: total)
        }
        thread.name = "count"
        thread.start()
    }

    /// What cannot be made shows when the report is opened.
    private func makeFolder(of report: String) {
        let folder = Array(report.utf8).split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false).dropLast()
        let path = Array(folder.joined(separator: [UInt8(ascii: "/")]))
        if !path.isEmpty { try? OutputFolder.make(path) }
    }

    private func prepareOutput() throws {
        do {
            try OutputFolder.prepare(output.bytes, inputs: inputs.inputs.map(\.bytes))
        } catch {
            switch error {
            case .inside(let input):
                Terminal.say(
                    "--output \(output.printable) lies inside the input \(PrintableName.escaped(input)): results would "
                        + "become inputs")
                Terminal.say("hint: choose a folder beside it")
                throw ExitStatus.unsafeConfiguration.error
            case .system(let code):
                Terminal.say("--output \(output.printable): \(String(cString: strerror(code)))")
                throw ExitStatus.environment.error
            }
        }
    }
}
