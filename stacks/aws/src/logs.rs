//! What the tasks have logged, and go on logging: read from CloudWatch Logs. Reads only.
//!
//! `FilterLogEvents` alone is asked: unlike `GetLogEvents` it reads all streams at once, and gives each line an id, by which
//! a line that two looks find is told once.

use std::collections::{BTreeMap, VecDeque};

use aws_sdk_cloudwatchlogs::types::FilteredLogEvent;
use futures_util::{Stream, stream};
use jiff::Timestamp;
use ragctl_stacks::{
    address::{Address, Kind},
    backend::Reply,
    log::LogLine,
};
use tokio::time::{Duration, sleep};

use crate::{
    aws::Aws,
    call::{OrAbsent, call},
    names::CONTAINER,
};

const ABSENT: [&str; 1] = ["ResourceNotFoundException"];

/// How far back the last lines are looked for first. Ours: a service that is used logs more than a screen in it.
const FIRST_REACH: Duration = Duration::from_secs(300);

/// By how much farther each further look reaches.
const FARTHER: u32 = 8;

/// How far back lines may still come after later ones: tasks send theirs in batches, and CloudWatch takes its time.
const LATE: Duration = Duration::from_secs(30);

/// Between two looks, at first and after something came.
const FIRST_PAUSE: Duration = Duration::from_secs(1);

/// Between two looks, at most. CloudWatch takes five a second of a whole account in some regions.
///
/// Source: <https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/cloudwatch_limits_cwl.html>
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// Milliseconds since 1970, as CloudWatch counts.
type Millis = i64;

/// Which lines, and which were read already.
struct Reader<'a> {
    aws: &'a Aws,
    /// What the streams' names begin with.
    prefix: String,
    /// When the lines that were read lately were logged, by their ids.
    read: BTreeMap<String, Millis>,
    /// The latest of all.
    newest: Millis,
}

/// The last `lines` lines of all tasks or of one, in the order of their times; none when nothing was ever logged.
pub(crate) async fn tail(aws: &Aws, of: Option<&str>, lines: usize) -> Reply<Vec<LogLine>> {
    Ok(Reader::new(aws, of).tail(lines).await?.unwrap_or_default())
}

/// The last `lines` lines, and those that come. Ends when there is no log any more.
pub(crate) fn follow<'a>(
    aws: &'a Aws,
    of: Option<&str>,
    lines: usize,
) -> impl Stream<Item = Reply<LogLine>> + Send + use<'a> {
    let follower = Follower {
        reader: Reader::new(aws, of),
        first: Some(lines),
        ready: VecDeque::new(),
        pause: FIRST_PAUSE,
    };
    stream::try_unfold(follower, |mut follower| async move {
        Ok(follower.next().await?.map(|line| (line, follower)))
    })
}

struct Follower<'a> {
    reader: Reader<'a>,
    first: Option<usize>,
    ready: VecDeque<LogLine>,
    pause: Duration,
}

impl Follower<'_> {
    async fn next(&mut self) -> Reply<Option<LogLine>> {
        loop {
            if let Some(line) = self.ready.pop_front() {
                return Ok(Some(line));
            }
            let found = match self.first.take() {
                Some(lines) => self.reader.tail(lines).await?,
                None => {
                    sleep(self.pause).await;
                    self.reader.later().await?
                }
            };
            let Some(found) = found else { return Ok(None) };
            self.pause = match found.is_empty() {
                true => (self.pause * 3 / 2).min(LONGEST_PAUSE),
                false => FIRST_PAUSE,
            };
            self.ready.extend(found);
        }
    }
}

impl<'a> Reader<'a> {
    fn new(aws: &'a Aws, of: Option<&str>) -> Self {
        // An id may be given as the ARN that AWS shows.
        let task = of.and_then(|it| it.rsplit('/').next()).unwrap_or_default();
        let prefix = format!("task/{CONTAINER}/{task}");
        Self { aws, prefix, read: BTreeMap::new(), newest: 0 }
    }

    /// The last lines; `None` when there is no log. Looks farther and farther back until there are enough.
    async fn tail(&mut self, lines: usize) -> Reply<Option<Vec<LogLine>>> {
        let Some(oldest) = self.oldest().await? else { return Ok(None) };
        let now = Timestamp::now().as_millisecond();
        let mut events: Vec<FilteredLogEvent> = Vec::new();
        let (mut reach, mut end) = (FIRST_REACH, None);
        loop {
            let start = now.saturating_sub(millis(reach)).max(oldest);
            let Some(earlier) = self.new_events(start, end).await? else { return Ok(None) };
            events.splice(0..0, earlier);
            if events.len() >= lines || start <= oldest {
                break;
            }
            (reach, end) = (reach * FARTHER, Some(start));
        }
        self.newest = self.newest.max(now - millis(LATE));
        let skipped = events.len().saturating_sub(lines);
        Ok(Some(events.iter().skip(skipped).map(line).collect()))
    }

    /// What came since the last look; `None` when there is no log any more.
    async fn later(&mut self) -> Reply<Option<Vec<LogLine>>> {
        let start = self.newest - millis(LATE);
        let found = self.new_events(start, None).await?;
        self.read.retain(|_, at| *at >= start);
        Ok(found.map(|events| events.iter().map(line).collect()))
    }

    /// When the log began; `None` when there is none.
    async fn oldest(&self) -> Reply<Option<Millis>> {
        let group = self.group();
        let asked = self.aws.clients.logs.describe_log_groups().log_group_name_prefix(&group);
        let found = call("logs DescribeLogGroups", asked.send()).await?;
        let found = found.log_groups.unwrap_or_default();
        let ours = found.iter().find(|it| it.log_group_name() == Some(group.as_str()));
        Ok(ours.map(|it| it.creation_time().unwrap_or_default()))
    }

    /// The lines within a time that were not read before, in the order of their times; `None` when there is no log.
    async fn new_events(
        &mut self,
        start: Millis,
        end: Option<Millis>,
    ) -> Reply<Option<Vec<FilteredLogEvent>>> {
        let ask = self.aws.clients.logs.filter_log_events().log_group_name(self.group());
        let ask = ask.log_stream_name_prefix(&self.prefix).start_time(start.max(0));
        let ask = ask.set_end_time(end);
        let (mut events, mut token) = (Vec::new(), None);
        loop {
            let page = ask.clone().set_next_token(token).send();
            let page = call("logs FilterLogEvents", page).await.or_absent(&ABSENT)?;
            let Some(page) = page else { return Ok(None) };
            for event in page.events.unwrap_or_default() {
                let at = event.timestamp().unwrap_or_default();
                let id = event.event_id().unwrap_or_default().to_owned();
                self.newest = self.newest.max(at);
                if self.read.insert(id, at).is_none() {
                    events.push(event);
                }
            }
            token = page.next_token;
            if token.is_none() {
                // Lines of the same millisecond stay as they came.
                events.sort_by_key(|it| it.timestamp().unwrap_or_default());
                return Ok(Some(events));
            }
        }
    }

    fn group(&self) -> String {
        self.aws.names.of(&Address::app(Kind::LogGroup))
    }
}

fn line(event: &FilteredLogEvent) -> LogLine {
    let source = event.log_stream_name().and_then(|it| it.rsplit('/').next()).unwrap_or_default();
    let text = event.message().unwrap_or_default().trim_end().to_owned();
    LogLine { source: source.to_owned(), text }
}

fn millis(duration: Duration) -> Millis {
    Millis::try_from(duration.as_millis()).unwrap_or(Millis::MAX)
}
