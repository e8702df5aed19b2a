import Dataflow
import Glibc
import Outbox
import Pipelines
import Scheduling
import Synchronization
import SystemPackage

/// Takes the inputs of a batch through a pipeline, one picture on each core; towards the end, when pictures are fewer
/// than cores, several cores work on one.
///
/// A picture begins when the memory that its header lets expect is free. Results are published in groups
/// (``GroupPublisher``); an input is told to be done when its results are safe.
public final class BatchRun: Sendable {
    public struct Options: Sendable {
        public var picture = PictureOptions()
        public var onConflict = ConflictPolicy.fail

        public init() {}
    }

    private struct State {
        var walk: InputWalk
        var existing: ExistingOutputs
        /// Read ahead, to know when the end is near.
        var ahead: [InputWalk.Event] = []
        var count = 0
        /// Begun, and not computed yet.
        var inWork = 0
        /// The machine gives no more threads.
        var isStuck = false
    }

    private enum Next {
        /// - `isScarce`: fewer than one input for each core are left.
        case file(InputFile, number: Int, isScarce: Bool)
        case ended(BatchOutcome)
    }

    private let pipeline: Pipeline
    private let output: FilePath
    private let options: Options
    private let scheduler: WorkScheduler
    private let queue: WorkQueue
    private let cancellation: CancellationToken
    private let claims = OutputClaims()
    private let state: Mutex<State>
    /// Called from any thread, several at a time, once for each input.
    private let observe: @Sendable (BatchOutcome) -> Void

    /// - `output`: a folder that exists.
    public init(
        _ pipeline: Pipeline, walk: consuming sending InputWalk, output: FilePath, options: Options,
        scheduler: WorkScheduler, cancellation: CancellationToken, observe: @escaping @Sendable (BatchOutcome) -> Void
    ) {
        self.pipeline = pipeline
        self.output = output
        self.options = options
        self.scheduler = scheduler
        self.cancellation = cancellation
        self.observe = observe
        queue = scheduler.makeQueue(name: "pictures")
        state = Mutex(State(walk: walk, existing: ExistingOutputs(root: output.bytes)))
    }

    /// Files in folders that are no pictures.
    public var passedOver: Int { state.withLock { $0.walk.passedOver } }

    /// Removes what dead processes left half-written in the output folder, then takes input after input.
    ///
    /// - Throws: when the output folder cannot be opened, or the machine gives no threads.
    public func run() throws {
        _ = try TemporaryFiles.sweep(root: output)
        let publisher = GroupPublisher(onRoom: { [weak self] in self?.fill() })
        self.publisher.withLock { $0 = publisher }
        defer { self.publisher.withLock { $0 = nil } }
        fill()
        repeat {
            queue.waitUntilEmpty()
            publisher.drain()
            // What was published last may have made room for more.
        } while queue.counts.waiting + queue.counts.running > 0
        if state.withLock({ $0.isStuck }), !cancellation.isCancelled {
            throw BatchFailure(
                code: "no-threads", kind: "transient", message: "the machine gives no more threads",
                hint: "raise the limit on processes, or lower --jobs")
        }
    }

    private let publisher = Mutex<GroupPublisher?>(nil)

    // MARK: What comes next

    /// Begins inputs until as many are in work as keep every core busy.
    private func fill() {
        while let next = take() {
            switch next {
            case .ended(let outcome): observe(outcome)
            case .file(let file, let number, let isScarce): begin(file, number: number, isScarce: isScarce)
            }
        }
    }

    private func take() -> Next? {
        if cancellation.isCancelled || publisher.withLock({ $0?.isFull ?? true }) { return nil }
        return state.withLock { state in
            guard state.inWork < 2 * scheduler.width, !state.isStuck else { return nil }
            while state.ahead.count < scheduler.width, let event = state.walk.next() { state.ahead.append(event) }
            guard !state.ahead.isEmpty else { return nil }
            let isScarce = state.ahead.count < scheduler.width
            switch state.ahead.removeFirst() {
            case .unreadable(let path, let errno):
                let input = InputFile(path: path, name: PictureName(relativePath: path), isNamed: true)
                return .ended(BatchOutcome(input: input, result: .failed(.unreadable(errno)), seconds: 0))
            case .file(let file):
                if options.onConflict == .skip, let paths = pipeline.outputPaths(for: file.name),
                    paths.allSatisfy({ state.existing.contains($0) })
                {
                    return .ended(BatchOutcome(input: file, result: .skipped, seconds: 0))
                }
                state.count += 1
                state.inWork += 1
                return .file(file, number: state.count, isScarce: isScarce)
            }
        }
    }

    // MARK: One input

    private func begin(_ file: InputFile, number: Int, isScarce: Bool) {
        queue.addMeasured(
            name: PrintableName.escaped(file.path), cancellation: cancellation,
            measure: { cancellation -> Prepared? in
                do {
                    return try self.prepare(file, number: number, isScarce: isScarce, cancellation)
                } catch {
                    self.end(BatchOutcome(input: file, result: .failed(BatchFailure(error)), seconds: 0))
                    return nil
                }
            },
            memory: \.memory,
            work: { prepared, cancellation in self.process(prepared, cancellation) },
            abandoned: {
                self.state.withLock { state in
                    state.inWork -= 1
                    state.isStuck = true
                }
            })
    }

    /// An input whose header has been read.
    ///
    /// `@unchecked`: it is handed from the item that made it to the one that runs it.
    private final class Prepared: @unchecked Sendable {
        let file: InputFile
        let number: Int
        let descriptor: Int32
        let picture: PictureRun
        let workers: any ParallelWorkers
        let memory: Int

        init(
            _ file: InputFile, number: Int, _ descriptor: Int32, _ picture: PictureRun,
            workers: any ParallelWorkers
        ) {
            self.file = file
            self.number = number
            self.descriptor = descriptor
            self.picture = picture
            self.workers = workers
            memory = picture.predictedMemory(width: workers.width)
        }

        deinit { close(descriptor) }
    }

    private func prepare(
        _ file: InputFile, number: Int, isScarce: Bool, _ cancellation: CancellationToken
    ) throws -> Prepared {
        let follow = file.isNamed ? 0 : O_NOFOLLOW
        // O_NONBLOCK: a pipe of this name must not hold the batch.
        let descriptor = withPath(file.path) { open($0, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY | follow) }
        guard descriptor >= 0 else { throw BatchFailure.unreadable(errno) }
        var isKept = false
        defer { if !isKept { close(descriptor) } }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw BatchFailure.unreadable(errno) }
        guard status.st_mode & S_IFMT == S_IFREG else {
            throw BatchFailure(
                code: "not-a-file", kind: "permanent", message: "is no regular file",
                hint: "svertka reads files, no pipes, devices or sockets")
        }
        let token = self.cancellation
        let picture = try PictureRun(
            pipeline, descriptor: descriptor, options: options.picture, isCancelled: { token.isCancelled })
        isKept = true
        let prepared = Prepared(
            file, number: number, descriptor, picture,
            workers: isScarce ? scheduler : SingleWorker() as any ParallelWorkers)
        guard prepared.memory <= scheduler.memory.bytes else {
            throw BatchFailure(
                code: "memory", kind: "permanent",
                message: "the picture needs \(prepared.memory) bytes of memory; allowed are \(scheduler.memory.bytes)",
                hint: "raise --memory")
        }
        return prepared
    }

    private func process(_ prepared: Prepared, _ cancellation: CancellationToken) {
        let clock = ContinuousClock()
        let start = clock.now
        do {
            let publication = try Publication(root: output, claims: claims, owner: prepared.number)
            let outputs = PublishedOutputs(
                publication, onConflict: options.onConflict, input: prepared.descriptor)
            let context = RunContext(
                workers: prepared.workers, checkCancellation: { try cancellation.throwIfCancelled() })
            let report = try prepared.picture.run(name: prepared.file.name, outputs: outputs, context: context)
            let seconds = (clock.now - start) / .seconds(1)
            if report.outputs.isEmpty {
                end(BatchOutcome(input: prepared.file, result: .skipped, seconds: seconds))
            } else {
                publish(publication, report, of: prepared.file, seconds: seconds)
            }
        } catch {
            let result = BatchOutcome.Result.failed(BatchFailure(error))
            end(BatchOutcome(input: prepared.file, result: result, seconds: (clock.now - start) / .seconds(1)))
        }
    }

    private func publish(
        _ publication: Publication, _ report: PictureReport, of file: InputFile, seconds: Double
    ) {
        let entry = GroupPublisher.Entry(publication: publication) { [observe] result in
            let outcome: BatchOutcome.Result
            switch result {
            case .failure(let error): outcome = .failed(BatchFailure(error))
            case .success(let files):
                var report = report
                report.outputs = files.filter { $0.disposition != .skipped }.map(\.path.bytes)
                outcome = report.outputs.isEmpty ? .skipped : .done(report)
            }
            observe(BatchOutcome(input: file, result: outcome, seconds: seconds))
        }
        publisher.withLock { $0 }?.add(entry)
        next()
    }

    private func end(_ outcome: BatchOutcome) {
        observe(outcome)
        next()
    }

    private func next() {
        state.withLock { $0.inWork -= 1 }
        fill()
    }
}
