//! The CPU and memory pairs that Fargate sells.

mod read;

use std::fmt;

use serde::Serialize;

use super::value::ValueError;

/// The CPU units that are sold, and the memory in MiB that each is sold with: first, last, step.
///
/// Source: <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/fargate-tasks-services.html>
static SOLD: [(u32, Memory); 8] = [
    (256, Memory::List(&[512, 1024, 2048])),
    (512, Memory::Steps { first: 1024, last: 4096, step: 1024 }),
    (1024, Memory::Steps { first: 2048, last: 8192, step: 1024 }),
    (2048, Memory::Steps { first: 4096, last: 16384, step: 1024 }),
    (4096, Memory::Steps { first: 8192, last: 30720, step: 1024 }),
    (8192, Memory::Steps { first: 16384, last: 61440, step: 4096 }),
    (16384, Memory::Steps { first: 32768, last: 122_880, step: 8192 }),
    (32768, Memory::List(&[61440, 122_880, 249_856])),
];

enum Memory {
    List(&'static [u32]),
    Steps { first: u32, last: u32, step: u32 },
}

impl Memory {
    fn amounts(&self) -> Vec<u32> {
        match *self {
            Self::List(amounts) => amounts.to_vec(),
            Self::Steps { first, last, step } => {
                (first..=last).step_by(step.try_into().expect("a step fits a usize")).collect()
            }
        }
    }

    fn words(&self) -> String {
        match *self {
            Self::List(amounts) => listed(amounts),
            Self::Steps { first, last, step } => format!("{first} to {last} in steps of {step}"),
        }
    }
}

fn row(cpu: CpuUnits) -> &'static Memory {
    let row = SOLD.iter().find(|(sold, _)| *sold == cpu.0);
    &row.expect("CPU units are a row of the table").1
}

fn listed(numbers: &[u32]) -> String {
    let numbers: Vec<String> = numbers.iter().map(u32::to_string).collect();
    numbers.join(", ")
}

/// An amount of CPU that Fargate sells, in units of which 1024 are one vCPU.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CpuUnits(u32);

impl CpuUnits {
    /// Takes an amount that is sold.
    ///
    /// # Errors
    ///
    /// When it is not; the next one up is suggested.
    pub fn new(units: u32) -> Result<Self, ValueError> {
        if SOLD.iter().any(|(sold, _)| *sold == units) {
            return Ok(Self(units));
        }
        Err(Self::refused(units, Some(units)))
    }

    /// How many units; 1024 are one vCPU.
    pub fn get(self) -> u32 {
        self.0
    }

    fn refused(shown: impl fmt::Display, units: Option<u32>) -> ValueError {
        let error = ValueError::new(format!("cannot be {shown}"), Self::expected());
        let up = units.and_then(|units| SOLD.iter().find(|(sold, _)| *sold >= units));
        match up {
            Some((up, _)) if units == Some(*up) => error.suggest(up),
            Some((up, memory)) => {
                let least = memory.amounts()[0];
                error
                    .suggest(up)
                    .because(format!("the next size up; it allows `memory: {least}` and more"))
            }
            None => error,
        }
    }

    fn expected() -> String {
        format!("one of {} (1024 is 1 vCPU)", listed(&SOLD.each_ref().map(|(cpu, _)| *cpu)))
    }
}

/// An amount of memory in MiB.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MebiBytes(u32);

impl MebiBytes {
    const LEAST: u32 = 512;
    const MOST: u32 = 249_856;

    /// Takes an amount that Fargate could sell with some CPU.
    ///
    /// # Errors
    ///
    /// When it is sold with none.
    pub fn new(mebibytes: u32) -> Result<Self, ValueError> {
        if (Self::LEAST..=Self::MOST).contains(&mebibytes) {
            return Ok(Self(mebibytes));
        }
        Err(Self::refused(mebibytes, None))
    }

    /// How many MiB.
    pub fn get(self) -> u32 {
        self.0
    }

    fn refused(shown: impl fmt::Display, meant: Option<u32>) -> ValueError {
        let error = ValueError::new(format!("cannot be {shown}"), Self::expected());
        match meant.filter(|meant| (Self::LEAST..=Self::MOST).contains(meant)) {
            Some(meant) => error.suggest(meant),
            None => error,
        }
    }

    fn expected() -> String {
        format!("a number of MiB from {} to {}", Self::LEAST, Self::MOST)
    }
}

/// A CPU and memory pair that Fargate sells. Holding one proves that it is sold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
pub struct FargateSize {
    cpu: CpuUnits,
    memory: MebiBytes,
}

impl FargateSize {
    /// Takes a pair that is sold.
    ///
    /// # Errors
    ///
    /// When it is not; the next memory up is suggested, or the CPU that would allow it.
    pub fn new(cpu: CpuUnits, memory: MebiBytes) -> Result<Self, ValueError> {
        let row = row(cpu);
        let amounts = row.amounts();
        if amounts.contains(&memory.0) {
            return Ok(Self { cpu, memory });
        }
        let problem = format!("does not go with `memory: {memory}`");
        let expected = format!("`cpu: {cpu}` is sold with {}", row.words());
        let error = ValueError::new(problem, expected);
        Err(match amounts.iter().find(|amount| **amount > memory.0) {
            Some(up) => error.suggest(up).because("the next size up"),
            None => error.because(Self::cpu_for(memory)),
        })
    }

    /// The pair with the least memory that is sold with a CPU and is no less than asked; where
    /// there is none, the most that is sold with it.
    pub fn at_least(cpu: CpuUnits, memory: MebiBytes) -> Self {
        let amounts = row(cpu).amounts();
        let last = *amounts.last().expect("each row of the table has amounts");
        let enough = amounts.into_iter().find(|amount| *amount >= memory.0).unwrap_or(last);
        Self { cpu, memory: MebiBytes(enough) }
    }

    /// The task's CPU.
    pub fn cpu(self) -> CpuUnits {
        self.cpu
    }

    /// The task's memory.
    pub fn memory(self) -> MebiBytes {
        self.memory
    }

    fn cpu_for(memory: MebiBytes) -> String {
        let row = SOLD
            .iter()
            .find_map(|(cpu, row)| {
                row.amounts().into_iter().find(|amount| *amount >= memory.0).map(|up| (cpu, up))
            })
            .expect("memory is at most what the last row has");
        format!("write `cpu: {}` and `memory: {}`, the next size up", row.0, row.1)
    }
}

impl fmt::Display for CpuUnits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Display for MebiBytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pair(cpu: u32, memory: u32) -> Result<FargateSize, ValueError> {
        FargateSize::new(CpuUnits::new(cpu).unwrap(), MebiBytes::new(memory).unwrap())
    }

    #[test]
    fn as_many_pairs_are_sold_as_the_guide_lists() {
        let counts = SOLD.each_ref().map(|(cpu, row)| (*cpu, row.amounts().len()));
        let listed = [3, 4, 7, 13, 23, 12, 12, 3];
        assert_eq!(counts.map(|(_, count)| count), listed);
    }

    #[test]
    fn a_pair_that_is_not_sold_names_the_next_one_up() {
        assert_eq!(pair(1024, 1024).unwrap_err().suggestion.as_deref(), Some("2048"));
        assert_eq!(pair(8192, 17000).unwrap_err().suggestion.as_deref(), Some("20480"));
        let much = pair(256, 4096).unwrap_err();
        assert_eq!(
            much.why.as_deref(),
            Some("write `cpu: 512` and `memory: 4096`, the next size up")
        );
        assert!(pair(1024, 2048).is_ok());
    }

    #[test]
    fn words_for_an_amount_suggest_the_number() {
        let cpu = |text: &str| {
            let error = serde_json::from_str::<CpuUnits>(text).unwrap_err().to_string();
            error.lines().nth(2).map(str::to_owned)
        };
        assert_eq!(cpu("\"1 vCPU\"").as_deref(), Some("1024"));
        assert_eq!(cpu("\".5 vcpu\"").as_deref(), Some("512"));
        assert_eq!(cpu("300").as_deref(), Some("512"));
        let memory = serde_json::from_str::<MebiBytes>("\"2GB\"").unwrap_err().to_string();
        assert_eq!(memory.lines().nth(2), Some("2048"));
    }

    #[test]
    fn a_pair_survives_json() {
        let size = pair(512, 1024).unwrap();
        let json = serde_json::to_string(&size).unwrap();
        assert_eq!(serde_json::from_str::<FargateSize>(&json).unwrap(), size);
        assert!(serde_json::from_str::<FargateSize>(r#"{"cpu":256,"memory":8192}"#).is_err());
    }
}
