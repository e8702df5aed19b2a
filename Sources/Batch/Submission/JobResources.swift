/// What one task of a job asks for.
public struct JobResources: Sendable, Equatable {
    /// Of the whole task.
    public let mebibytes: Int
    /// Of these, for the pictures in work.
    public let pictureMebibytes: Int
    public let minutes: Int
    /// How the numbers came about, for the reader of the job.
    public let memoryReason: String
    public let timeReason: String

    /// The program itself, with the file names that it holds.
    static let programMebibytes = 128
    /// Pictures differ from those that were looked at.
    static let memoryFactor = 1.5
    /// Machines differ too, and file systems more.
    static let timeFactor = 4.0
    static let leastMinutes = 10

    public init(_ sample: JobSample, shards: Int, cpus: Int) {
        let bytes = sample.bytesKept + max(sample.bytesAlone * cpus, sample.bytesTogether)
        let predicted = Double(bytes) * Self.memoryFactor / 1_048_576
        pictureMebibytes = Self.roundedUp(predicted, to: 64)
        mebibytes = pictureMebibytes + Self.programMebibytes
        let seen =
            sample.headers > 0
            ? "the largest of \(sample.headers) pictures looked at" : "no picture could be seen: 24 megapixels"
        memoryReason =
            "\(cpus) at a time, \(seen), with half as much again; \(Self.programMebibytes) MiB for the program"
        if let seconds = sample.secondsPerPicture {
            let share = Double(sample.inputs) / Double(shards) / Double(cpus) * seconds
            minutes = max(Self.leastMinutes, Self.roundedUp(share * Self.timeFactor / 60, to: 5))
            timeReason =
                "\(sample.inputs) pictures in \(shards) shares, \(Int((seconds * 1000).rounded(.up))) ms each where this "
                + "was written, four times that"
        } else {
            minutes = 24 * 60
            timeReason = "no picture could be tried where this was written"
        }
    }

    private static func roundedUp(_ value: Double, to unit: Int) -> Int {
        max(1, Int((value / Double(unit)).rounded(.up))) * unit
    }
}
