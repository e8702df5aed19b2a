/// The version of the program; the same version gives the same bytes for the same input and pipeline.
enum Version {
    static let text = "0.1.0"
}
