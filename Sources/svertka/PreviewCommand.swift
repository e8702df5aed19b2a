import ArgumentParser
import Glibc
import Pipelines
import Preview
import Scheduling
import Specification

struct PreviewCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "preview",
        abstract: "Write a page that shows a picture after every step of a pipeline.",
        discussion: """
            The page is one HTML file of at most 5 MB that any browser shows, without a network. For every step it has \
            the picture, beside the one before if you pull the slider, its histogram, its kernel and its time. The \
            pictures are reduced; a piece of each is there in true pixels, which --at chooses.

            svertka preview Pipelines/edges.json photo.jpg --output edges.html
            svertka preview pipeline.json photo.jpg --output page.html --watch
            """)

    @Argument(help: "The pipeline.", completion: .file(extensions: ["json"]))
    var pipeline: String

    @Argument(help: "The picture.", completion: .file())
    var image: String

    @Option(help: "The page to write; an older one is replaced.", completion: .file(extensions: ["html"]))
    var output: String

    @Option(help: "The pixel around which pictures are shown in true pixels, such as 1200,800; else the middle.")
    var at: String?

    @Flag(help: "Write the page again whenever the pipeline or the picture changes; the page loads itself again.")
    var watch = false

    func validate() throws {
        var status = stat()
        if stat(image, &status) == 0, status.st_mode & S_IFMT == S_IFDIR {
            throw ValidationError("\(image) is a folder; a preview is of one picture.")
        }
        if let at, Self.place(at) == nil {
            throw ValidationError("--at is \(at); expected two whole numbers, such as 1200,800.")
        }
    }

    private static func place(_ text: String) -> (x: Int, y: Int)? {
        let parts = text.split(separator: ",").map { Int($0) }
        guard parts.count == 2, let x = parts[0], let y = parts[1], (0...1_000_000).contains(x),
            (0...1_000_000).contains(y)
        else { return nil }
        return (x, y)
    }

    func run() throws {
        let scheduler = WorkScheduler(width: CPUBudget.detect().width, memory: .unlimited)
        guard watch else { return try write(scheduler) }
        var last: [FileState?] = []
        Terminal.say("watching \(pipeline) and \(image); Ctrl-C ends it")
        while true {
            let now = [FileState(pipeline), FileState(image)]
            if now != last {
                last = now
                // What is wrong is told, and mended while this waits.
                do { try write(scheduler) } catch is ExitCode {}
            }
            usleep(300_000)
        }
    }

    private func write(_ scheduler: WorkScheduler) throws {
        let pipeline = try PipelineFile.load(pipeline)
        let preview = PipelinePreview(pipeline, image: image, center: at.flatMap(Self.place), scheduler: scheduler)
        let page: String
        do {
            page = try preview.page(refreshes: watch)
        } catch let error as PictureError {
            Terminal.say("\(image): \(error.text)" + (error.hint.map { "\nhint: \($0)" } ?? ""))
            throw ExitStatus.someFilesFailed.error
        }
        try WholeFile.write(page, to: output)
        Terminal.say("\(output): \(ByteText.text(page.utf8.count))")
    }
}

/// What changes when a file changes.
private struct FileState: Equatable {
    let size: Int
    let seconds: Int
    let nanoseconds: Int
    let inode: UInt64

    init?(_ path: String) {
        var status = stat()
        guard stat(path, &status) == 0 else { return nil }
        size = Int(status.st_size)
        seconds = status.st_mtim.tv_sec
        nanoseconds = status.st_mtim.tv_nsec
        inode = UInt64(status.st_ino)
    }
}
