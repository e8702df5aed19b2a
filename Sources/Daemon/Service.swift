import Glibc
import Intake
import Logging
import Scheduling
import Specification
import Synchronization
import SystemPackage

/// The service: watches folders, takes each file through its pipeline, and tells how it goes.
///
/// Three kinds of threads work here. The watcher's thread sees files and notes them in the ledger; the workers process
/// them; the thread that calls `run` steers: signals, reloads, pauses, the watchdog. What they share stands in `state`.
public final class Service: Sendable {
    struct FolderRuntime {
        var definition: ServiceFolder
        var pipeline: LoadedPipeline
        let queue: WorkQueue
        var missingSince: ContinuousClock.Instant?
        var isMissing: Bool { missingSince != nil }
        var polling: [String] = []
        var isScanned = false
    }

    struct State {
        var dispatcher: Dispatcher
        var folders: [RootID: FolderRuntime] = [:]
        var running: [FileKey: ContinuousClock.Instant] = [:]
        var backOffs: [FileKey: BackOff] = [:]
        var done = 0
        var failed = 0
        /// What cannot be read: these wait, which is as good as a failure for a run that ends.
        var unreadable: Set<FileKey> = []
        var overflows = 0
        var isIdle = false
        var isStopping = false
        var ledgerFault: String?
        /// News that the ledger could not take: some of its entries may be of files that are gone.
        var hasLostNews = false
        var reloadFault: String?
        /// A folder was replaced by another one.
        var wantsReload = false
        var hasNews = true
    }

    let options: ServiceOptions
    let log: Logger
    let ledger: Ledger
    let lock: StateLock
    let scheduler: WorkScheduler
    let processor: FileProcessor
    let manager = ServiceManager()
    let cancellation = CancellationToken()
    let state: Mutex<State>
    let watcher = Mutex<FolderWatcher?>(nil)
    let startTime = Ledger.now()

    /// Runs the service until it ends.
    public static func run(_ options: ServiceOptions, log: Logger = ServiceLog.logger()) -> ServiceEnd {
        defer { ServiceLog.shared.flush() }
        ControlSignals.ignoreReloads()
        do throws(StartFailure) {
            let loaded: LoadedConfiguration
            do throws(ConfigurationFault) {
                loaded = try LoadedConfiguration.load(options.configuration, version: options.version)
            } catch {
                throw StartFailure(end: error.end, message: error.text)
            }
            let layout = loaded.layout
            try StartUp.prepareFolders(layout)
            let lock = try StartUp.lock(layout)
            defer { lock.release() }
            let ledger = try StartUp.openLedger(layout, log)
            let stateFolder = layout.state
            try StartUp.recover(layout, ledger, lastEnd: LastEnd.read(from: stateFolder), log)
            StartUp.sweep(layout.folders, state: layout.state, log)
            do throws(Errno) {
                try LastEnd.beginRun(in: stateFolder)
            } catch {
                throw StartFailure(
                    end: .environment, message: "the state folder \(stateFolder.string) cannot be written: \(error)")
            }
            return try Service(options, loaded, ledger, lock, log).serve(loaded)
        } catch {
            log.error("\(error.message)")
            return error.end
        }
    }

    private init(
        _ options: ServiceOptions, _ loaded: LoadedConfiguration, _ ledger: Ledger, _ lock: StateLock, _ log: Logger
    ) {
        self.lock = lock
        self.options = options
        self.log = log
        self.ledger = ledger
        let width = loaded.layout.configuration.workers ?? CPUBudget.detect().width
        let memory =
            loaded.layout.configuration.memory.map(MemoryBudget.init(bytes:)) ?? MemoryLimit.detect().recommendedBudget
        scheduler = WorkScheduler(width: width, memory: memory.without(loaded.keptByteCount))
        processor = FileProcessor(ledger: ledger, scheduler: scheduler, originals: Originals())
        state = Mutex(State(dispatcher: Dispatcher(width: width)))
    }

    // MARK: The steering thread

    private func serve(_ loaded: LoadedConfiguration) throws(StartFailure) -> ServiceEnd {
        let signals: FileDescriptor
        do throws(Errno) {
            signals = try ControlSignals.listen(for: [SIGTERM, SIGINT, SIGHUP, SIGUSR1])
        } catch {
            throw StartFailure(end: .environment, message: "no pipe for signals: \(error)")
        }
        var steering = Steering(loaded: loaded)
        let roots = adopt(loaded)
        do throws(IntakeError) {
            let watcher = try FolderWatcher(observer: self)
            self.watcher.withLock { $0 = watcher }
            try watcher.start(roots: roots)
        } catch {
            throw StartFailure(end: .environment, message: "\(error)")
        }
        log.info("\(scheduler.width) workers, \(loaded.folders.count) folders")
        let end = steer(signals, &steering)
        LastEnd.noteStop()
        manager.stopping()
        stop(signals)
        return end
    }

    /// What only the steering thread knows.
    struct Steering {
        var loaded: LoadedConfiguration
        var isReady = false
        var wantsReload = false
        /// How the files were when they were last seen to have changed: they are read when they stand still.
        var changedStamps: Set<FileStamp>?
        /// When the files were last read.
        var lastReload: ContinuousClock.Instant?
        var lastTick: ContinuousClock.Instant?
        var lastWatchdog: ContinuousClock.Instant?
        var lastPrune: ContinuousClock.Instant?
        var lastStatus = ""
    }

    private func steer(_ signals: FileDescriptor, _ steering: inout Steering) -> ServiceEnd {
        let clock = ContinuousClock()
        while true {
            for signal in wait(signals, timeout: .seconds(1)) {
                switch signal {
                case SIGTERM, SIGINT:
                    log.notice("stopping on signal \(signal)")
                    return options.mode == .once ? .interrupted : .done
                case SIGHUP: steering.wantsReload = true
                case SIGUSR1: log.notice("\(StatusReport(self).text)")
                default: break
                }
            }
            fill()
            if options.mode == .once, isFinished {
                return state.withLock { state in
                    state.failed > 0 || !state.unreadable.isEmpty || state.folders.values.contains(where: \.isMissing)
                } ? .someFilesFailed : .done
            }
            if ledger.isDamaged {
                log.error("the ledger is damaged: svertka ends, and begins a new one at the next start")
                return .environment
            }
            let now = clock.now
            if steering.lastTick.map({ now - $0 >= .seconds(1) }) ?? true {
                steering.lastTick = now
                tick(&steering, at: now)
                if ledger.isGone {
                    log.error("the ledger was taken away: svertka ends, and begins a new one at the next start")
                    return .environment
                }
            }
            feedWatchdog(&steering, at: now)
        }
    }

    /// Everything that is there was dealt with, and nothing is on its way.
    private var isFinished: Bool {
        let now = ContinuousClock().now
        return state.withLock { state in
            state.isIdle && state.dispatcher.inWork == 0 && state.dispatcher.readyCount == 0
                // A folder that cannot be opened for a moment may come back.
                && state.folders.values.allSatisfy { $0.missingSince.map { now - $0 > .seconds(10) } ?? true }
        }
    }

    private func wait(_ signals: FileDescriptor, timeout: Duration) -> [Int32] {
        var request = pollfd(fd: signals.rawValue, events: Int16(POLLIN), revents: 0)
        guard poll(&request, 1, Int32(timeout.components.seconds * 1000)) > 0 else { return [] }
        var buffer = [UInt8](repeating: 0, count: 64)
        let count = read(signals.rawValue, &buffer, buffer.count)
        return buffer.prefix(max(count, 0)).map(Int32.init)
    }

    private func tick(_ steering: inout Steering, at now: ContinuousClock.Instant) {
        if !steering.isReady, state.withLock({ $0.folders.values.allSatisfy { $0.isScanned || $0.isMissing } }) {
            steering.isReady = true
            manager.ready()
            log.notice("ready")
        }
        let wantsReload = state.withLock { state in
            defer { state.wantsReload = false }
            return state.wantsReload
        }
        if steering.wantsReload || wantsReload || haveFilesChanged(&steering) {
            steering.wantsReload = false
            steering.changedStamps = nil
            steering.lastReload = now
            manager.reloading()
            reload(&steering)
            manager.ready()
        } else if state.withLock({ $0.reloadFault != nil }), let last = steering.lastReload, now - last >= .seconds(5) {
            // What was wrong may lie in a file that the configuration in force does not name.
            steering.lastReload = now
            reload(&steering)
        }
        if steering.lastPrune.map({ now - $0 >= .seconds(3600) }) ?? true {
            steering.lastPrune = now
            prune(steering.loaded.layout.configuration.history)
        }
        let hasNews = state.withLock { state in
            defer { state.hasNews = false }
            return state.hasNews
        }
        guard hasNews else { return }
        let report = StatusReport(self)
        report.write(to: steering.loaded.layout.state)
        if report.line != steering.lastStatus {
            steering.lastStatus = report.line
            manager.status(report.line)
        }
    }

    /// Whether a file of the configuration has changed and has then stayed as it is for a turn, so that one that is
    /// being written is not read half.
    private func haveFilesChanged(_ steering: inout Steering) -> Bool {
        let stamps = steering.loaded.currentStamps
        guard stamps != steering.loaded.stamps else { return false }
        defer { steering.changedStamps = stamps }
        return stamps == steering.changedStamps
    }

    /// Tells systemd that we live; not while a file is far beyond its time, which would mean that a worker hangs.
    private func feedWatchdog(_ steering: inout Steering, at now: ContinuousClock.Instant) {
        guard let interval = manager.watchdogInterval else { return }
        guard steering.lastWatchdog.map({ now - $0 >= min(interval, .seconds(1)) }) ?? true else { return }
        let limit = Duration.seconds(steering.loaded.layout.configuration.limits.seconds) + .seconds(30)
        let late = state.withLock { $0.running.first { now - $0.value > limit } }
        guard late == nil else { return }
        steering.lastWatchdog = now
        manager.watchdog()
    }

    private func prune(_ history: ServiceConfiguration.History) {
        do throws(LedgerError) {
            var total = 0
            while case let count = try ledger.prune(
                olderThan: .seconds(history.days * 86400), keeping: history.files), count > 0
            {
                total += count
                if total >= 100_000 { break }
            }
        } catch {
            noteLedgerFault(error)
        }
    }

    // MARK: The end

    /// What is in work may finish within three seconds; then it is asked to stop, and left behind two seconds later.
    /// A second signal asks at once.
    private func stop(_ signals: FileDescriptor) {
        state.withLock { $0.isStopping = true }
        let clock = ContinuousClock()
        let start = clock.now
        while clock.now - start < .seconds(3), state.withLock({ $0.dispatcher.inWork }) > 0 {
            if wait(signals, timeout: .seconds(1)).contains(where: { $0 == SIGTERM || $0 == SIGINT }) { break }
        }
        cancellation.cancel(.shutdown)
        if !scheduler.shutdown(.abandon, within: .seconds(2)) {
            log.warning("a worker did not stop in time; its file is done again at the next start")
        }
        // The watcher knows the service, and the service the watcher.
        let watcher = watcher.withLock { watcher in
            defer { watcher = nil }
            return watcher
        }
        watcher?.stop()
        let left = state.withLock { $0.dispatcher.readyCount }
        if left > 0 { log.notice("\(left) files wait for the next start") }
    }
}
