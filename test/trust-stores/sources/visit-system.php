<?php
// Asks for one URL with whatever roots PHP finds by itself.
ini_set('display_errors', 'stderr');
$page = file_get_contents($argv[1], false, stream_context_create(['http' => ['timeout' => 15]]));
if ($page === false) {
    exit(1);
}
echo $page;
